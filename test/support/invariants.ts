/** What must hold in a fleet after every step (I1 to I7 of docs/architecture.md), and what follows from it. */
import { expect } from 'chai';
import { MoveState } from '../../src/gen/vigo/v1/admin_pb.js';
import type { Envoy } from '../../src/gen/vigo/v1/types_pb.js';
import type { PlacementsTable } from '../../src/server/store/hub-schema.ts';
import type { MemoryAgent } from './memory-agent.ts';
import type { MemoryFleet } from './memory-fleet.ts';

type Owners = Map<string, PlacementsTable>;

/** At a moment when nothing is going on but waiting. Throws naming the invariant that is broken. */
export async function checkInvariants(fleet: MemoryFleet, agents: readonly MemoryAgent[]): Promise<void> {
  const owners = fleet.records.active();
  oneOwnerEach(fleet, owners);
  ownersHaveTheRecords(fleet, owners);
  nobodyIsLeftBehind(fleet, owners);
  nobodyServesWhatItReleased(fleet);
  tokensAreCountedRight(fleet);
  if (!fleet.hub.running) return;
  try {
    await listsShowEachOnce(fleet, owners);
    await agentsFindTheirOwner(fleet, owners, agents);
  } catch (error) {
    // A hub that was told to die soon may do so while it is asked.
    if (fleet.hub.running) throw error;
  }
}

/** When all is up, and time enough has passed: nothing is pending, nobody is missing, every agent is where it belongs. */
export async function checkCalm(fleet: MemoryFleet, agents: readonly MemoryAgent[]): Promise<void> {
  const { moves } = await fleet.hub.admin.listMoves({ limit: 500 });
  const running = moves.filter((move) => move.state === MoveState.RUNNING);
  expect(
    running.map(({ id }) => id),
    'moves that do not end',
  ).to.deep.equal([]);
  expect(fleet.records.notices(), 'notices that are not delivered').to.deep.equal([]);
  const { spokes } = await fleet.hub.admin.getSpannerStatus({});
  for (const spoke of spokes) {
    expect(spoke.online, `${spoke.id} is online: ${spoke.reason}`).to.equal(true);
    expect(spoke.pendingNotices, `notices for ${spoke.id} in memory`).to.equal(0);
  }
  const owners = fleet.records.active();
  for (const spoke of fleet.spokes) {
    const here = [...fleet.records.envoys(spoke.id).keys()].sort();
    const owned = [...owners.values()].filter((row) => row.spoke_id === spoke.id).map((row) => row.id);
    expect(here, `envoys on ${spoke.id}`).to.deep.equal(owned.sort());
  }
  for (const agent of agents) {
    const served = await agent.follow();
    // Read afterwards: on its way it may have had its epoch renewed.
    const owner = fleet.records.active().get(agent.id);
    if (!owner) {
      expect(served, `${agent.hostname} was revoked`).to.equal(undefined);
      continue;
    }
    expect(served?.spoke, agent.hostname).to.equal(owner.spoke_id);
    expect(served?.epoch, agent.hostname).to.be.within(owner.epoch, owner.max_epoch);
  }
}

function oneOwnerEach(fleet: MemoryFleet, owners: Owners): void {
  const names = new Set([...owners.values()].map((row) => row.hostname));
  expect(names.size, 'I1: host names are unique').to.equal(owners.size);
  const known = new Set(fleet.spokes.map((spoke) => spoke.id));
  const items = fleet.records.items();
  for (const row of owners.values()) {
    expect(known.has(row.spoke_id), `I1: ${row.hostname} is owned by ${row.spoke_id}`).to.equal(true);
    const promised = items.filter((item) => item.envoy_id === row.id).map((item) => item.epoch);
    const highest = Math.max(row.epoch, ...promised);
    expect(row.max_epoch, `max_epoch of ${row.hostname}`).to.be.at.least(highest);
  }
}

function ownersHaveTheRecords(fleet: MemoryFleet, owners: Owners): void {
  const disks = new Map(fleet.spokes.map((spoke) => [spoke.id, fleet.records.envoys(spoke.id)]));
  for (const row of owners.values()) {
    const record = disks.get(row.spoke_id)?.get(row.id);
    // Higher only while, or if, renewing an epoch was cut off.
    const what = `I2: epoch of ${row.hostname} on the disk of ${row.spoke_id}`;
    expect(record?.epoch, what).to.be.within(row.epoch, row.max_epoch);
    expect(record?.hostname, 'I2: host name').to.equal(row.hostname);
    expect(Buffer.from(record?.public_key ?? []).equals(row.public_key), 'I2: public key').to.equal(true);
  }
}

/** Whoever is on a spoke that does not own it: the spoke will be told, or a move that goes on is bringing it there. */
function nobodyIsLeftBehind(fleet: MemoryFleet, owners: Owners): void {
  const notices = new Set(fleet.records.notices().map((notice) => `${notice.spoke_id} ${notice.envoy_id}`));
  const running = new Set(
    fleet.records
      .moves()
      .filter((move) => move.state === 'running')
      .map((move) => move.id),
  );
  const open = fleet.records.items().filter((item) => item.state === 'planned' || item.state === 'adopting');
  for (const item of open) expect(running.has(item.move_id), 'an open item belongs to a running move').to.equal(true);
  const coming = new Set(open.filter((item) => item.state === 'adopting').map((i) => `${i.to_spoke} ${i.envoy_id}`));
  const enrolling = new Set(
    fleet.records
      .placements()
      .filter((row) => row.state === 'enrolling')
      .map((row) => `${row.spoke_id} ${row.id}`),
  );
  for (const { id: spoke } of fleet.spokes) {
    for (const record of fleet.records.envoys(spoke).values()) {
      const name = `${spoke} ${record.id}`;
      const belongs = owners.get(record.id)?.spoke_id === spoke;
      const expected = belongs || notices.has(name) || coming.has(name) || enrolling.has(name);
      expect(expected, `${record.hostname} is on ${spoke} and nobody will take it away`).to.equal(true);
    }
  }
}

function nobodyServesWhatItReleased(fleet: MemoryFleet): void {
  for (const spoke of fleet.spokes) {
    for (const record of fleet.records.envoys(spoke.id).values()) {
      const released = spoke.released.get(record.id) ?? 0;
      expect(record.epoch, `I5: ${record.hostname} on ${spoke.id}`).to.be.above(released);
    }
  }
}

function tokensAreCountedRight(fleet: MemoryFleet): void {
  const used = Map.groupBy(fleet.records.placements(), (row) => row.token_id);
  for (const token of fleet.records.tokens()) {
    const uses = used.get(token.id)?.length ?? 0;
    expect(token.uses_left, 'uses that a token has left').to.equal(token.uses - uses);
  }
}

async function listsShowEachOnce(fleet: MemoryFleet, owners: Owners): Promise<void> {
  const { envoys, warnings, complete, total } = await listAll(fleet);
  expect(envoys.map((envoy) => envoy.id).sort(), 'I7: each once').to.deep.equal([...owners.keys()].sort());
  expect(total, 'I7: total').to.equal(owners.size);
  expect(complete, 'I7: complete').to.equal(warnings.size === 0);
  const missing = new Set(fleet.spokes.filter((spoke) => !spoke.running || spoke.wire !== 'up').map(({ id }) => id));
  for (const envoy of envoys) {
    const owner = owners.get(envoy.id);
    expect([envoy.spoke, envoy.epoch], `I7: owner of ${envoy.hostname}`).to.deep.equal([owner?.spoke_id, owner?.epoch]);
    if (missing.has(envoy.spoke)) expect(warnings.has(envoy.spoke), `I7: warning about ${envoy.spoke}`).to.equal(true);
    expect(envoy.stale, `I7: ${envoy.hostname} on ${envoy.spoke} stale`).to.equal(warnings.has(envoy.spoke));
  }
}

/** All pages of a list, in order; fails if a page is out of order. */
export async function listAll(fleet: MemoryFleet, limit = 7) {
  const envoys: Envoy[] = [];
  const warnings = new Set<string>();
  let total = 0;
  let complete = true;
  for (let cursor = '', pages = 0; pages < 1_000; pages++) {
    const page = await fleet.drive(fleet.hub.admin.listEnvoys({ limit, cursor }));
    envoys.push(...page.envoys);
    for (const warning of page.warnings) warnings.add(warning.spoke);
    ({ total } = page);
    complete &&= page.complete;
    cursor = page.nextCursor;
    if (!cursor) break;
  }
  const names = envoys.map((envoy) => envoy.hostname);
  expect(names, 'order of the list').to.deep.equal(names.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0)));
  return { envoys, warnings, total, complete };
}

async function agentsFindTheirOwner(fleet: MemoryFleet, owners: Owners, agents: readonly MemoryAgent[]): Promise<void> {
  for (const agent of agents) {
    const owner = owners.get(agent.id);
    const spoke = fleet.spokes.find((candidate) => candidate.id === owner?.spoke_id);
    if (!owner || !spoke?.running || spoke.wire === 'hung') continue;
    const adopting = fleet.records.items().filter((i) => i.envoy_id === agent.id && i.state === 'adopting');
    // Served by a target that has not been committed yet, and is gone: the move is about to settle which of the two it is.
    if (adopting.length > 0 && agent.state.owner.epoch > owner.epoch) continue;
    const served = await agent.fork().follow();
    expect(served, `I3: somebody serves ${agent.hostname}`).not.to.equal(undefined);
    if (!served || served.spoke === owner.spoke_id) continue;
    // A spoke that was away has not been told yet, or is about to become the owner.
    const told = fleet.records.notices().some((n) => n.spoke_id === served.spoke && n.envoy_id === agent.id);
    const coming = adopting.some((item) => item.to_spoke === served.spoke);
    expect(told || coming, `I3: ${agent.hostname} of ${owner.spoke_id} is served by ${served.spoke}`).to.equal(true);
  }
}
