/**
 * The end of a run: everything is mended, and then, in bounded time, all must be well: every envoy is served by its owner and
 * has what was published last, every run has arrived once, and nothing is left to be done.
 */
import { timestampMs } from '@bufbuild/protobuf/wkt';
import { messageOf } from '../../src/fleet/errors.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { waitFor } from '../support/wait-for.ts';
import type { Stage } from './perform.ts';
import { SPOKES } from './step.ts';
import { waitingRuns } from './watch/run-watch.ts';
import type { FleetWatch } from './watch/watch-fleet.ts';
import type { Watched } from './watch/watched.ts';

/** An agent that hangs in a call notices after 10 s, backs off and asks the hub, perhaps more than once. */
const SETTLE_MS = 120_000;

export async function settle(stage: Stage, watched: Watched, watch: FleetWatch): Promise<void> {
  await mendAll(stage);
  const mendedAt = systemClock.now();
  const ended = new Map([...watch.runs.ended].map(([hostname, ids]) => [hostname, new Set(ids)]));
  const expectations: readonly (readonly [string, () => Promise<string>])[] = [
    ['spokes are healthy and have been told everything', () => spokesAreWell(stage)],
    ['no move goes on, and no notice waits', () => nothingIsLeft(watched)],
    ['every envoy is served by its owner, with what was published last', () => everybodyIsServed(stage, mendedAt)],
    ['spokes have their own envoys and no others', () => Promise.resolve(recordsAreWhereTheyBelong(watched))],
    ['every run of that time has been delivered', () => Promise.resolve(runsAreDelivered(watched, ended))],
  ];
  for (const [what, look] of expectations) {
    // What was still wrong when the time was up, is the evidence.
    let wrong = '';
    const isWell = async () => {
      wrong = await look().catch(messageOf);
      return wrong === '';
    };
    await waitFor(what, isWell, SETTLE_MS).catch(() =>
      watched.violations.add(`in the end: not true that ${what}`, wrong),
    );
  }
  watched.tally.highest('time until all was well, s', Math.ceil((systemClock.now() - mendedAt) / 1_000));
  await watch.look();
  await everyRunIsListedOnce(watched, watch);
}

async function mendAll({ fleet, orders }: Stage): Promise<void> {
  await Promise.all(fleet.servers.map((server) => server.fail()));
  await Promise.all(fleet.links.map((link) => link.set('pass')));
  for (const process of fleet.processes) process.resume();
  const hub = fleet.server('hub').process;
  if (hub.state === 'changing') await hub.kill();
  for (const server of fleet.servers) await server.process.start();
  for (const agent of fleet.agents) await agent.process.start();
  await orders.ended();
  for (const id of SPOKES) await fleet.admin.uncordonSpoke({ id });
}

async function spokesAreWell({ fleet, publishing }: Stage): Promise<string> {
  const { spokes } = await fleet.admin.getSpannerStatus({});
  const ill = spokes.filter((spoke) => !spoke.online || spoke.pendingNotices > 0 || spoke.reason !== '');
  const { current, spokes: configs } = await fleet.admin.getConfigStatus({});
  const version = current?.version ?? '';
  if (!publishing.mayServe(version)) return `the fleet's version is ${version}, which is not the last one`;
  const behind = configs.filter((spoke) => spoke.version !== version);
  return [
    ...ill.map(({ id, reason, pendingNotices }) => `${id}: ${reason}, ${pendingNotices} notices`),
    ...behind.map(({ spoke, version: has, reason }) => `${spoke} serves ${has || 'nothing'}: ${reason}`),
  ].join('; ');
}

async function nothingIsLeft({ records }: Watched): Promise<string> {
  const moves = records.moves().filter((move) => move.state === 'running');
  const open = records.items().filter((item) => item.state === 'planned' || item.state === 'adopting');
  const notices = records.notices();
  if (moves.length + open.length + notices.length === 0) return '';
  return `${moves.length} moves, ${open.length} items, ${notices.length} notices: ${JSON.stringify({ moves, notices })}`;
}

async function everybodyIsServed({ fleet }: Stage, since: number): Promise<string> {
  const { current } = await fleet.admin.getConfigStatus({});
  const { envoys, warnings } = await fleet.admin.listEnvoys({ limit: 1_000 });
  const unserved = envoys.filter(
    ({ reachable, stale, lastSeenAt, configVersion }) =>
      !reachable || stale || !lastSeenAt || timestampMs(lastSeenAt) < since || configVersion !== current?.version,
  );
  return [
    ...warnings.map(({ spoke, message }) => `${spoke}: ${message}`),
    ...(envoys.length === fleet.agents.length ? [] : [`${envoys.length} envoys`]),
    ...unserved.map(
      (row) =>
        `${row.hostname} on ${row.spoke} epoch ${row.epoch}: reachable ${row.reachable}, stale ${row.stale}, seen ${
          row.lastSeenAt ? (timestampMs(row.lastSeenAt) - since) / 1_000 : 'never'
        } s after, has ${row.configVersion.slice(0, 8)}`,
    ),
  ].join('; ');
}

function recordsAreWhereTheyBelong({ records }: Watched): string {
  const owners = records.active();
  const astray = SPOKES.flatMap((spoke) =>
    [...records.envoys(spoke).values()]
      .filter(({ id }) => owners.get(id)?.spoke_id !== spoke)
      .map(({ id, hostname, epoch }) => `${hostname} is on ${spoke} (${epoch}), owner ${owners.get(id)?.spoke_id}`),
  );
  return astray.join('; ');
}

function runsAreDelivered({ fleet }: Watched, ended: ReadonlyMap<string, ReadonlySet<string>>): string {
  const waiting = fleet.agents.flatMap((agent) => {
    const old = waitingRuns(agent).filter((id) => ended.get(agent.hostname)?.has(id));
    return old.length > 0 ? [`${agent.hostname}: ${old.length}`] : [];
  });
  return waiting.join(', ');
}

/** As operators see it: over all pages and all spokes, each run once. */
async function everyRunIsListedOnce({ fleet, violations, tally }: Watched, { runs }: FleetWatch): Promise<void> {
  for (const [hostname, acknowledged] of runs.acknowledged) {
    const expected = new Set(acknowledged);
    const listed: string[] = [];
    for (let cursor = ''; ; ) {
      const page = await fleet.admin.listRuns({ envoy: hostname, limit: 1_000, cursor });
      listed.push(...page.runs.map((run) => run.id));
      if (page.nextCursor === '') break;
      cursor = page.nextCursor;
    }
    const found = new Set(listed);
    const missing = expected.difference(found);
    if (missing.size > 0) violations.add(`I4: runs of ${hostname} are not listed`, [...missing].join(' '));
    if (found.size < listed.length)
      violations.add(`I4: runs of ${hostname} are listed twice`, `${listed.length - found.size} of ${listed.length}`);
    tally.checked('acknowledged runs found in lists, each once (I4)', expected.size);
  }
}
