/** When all is up, and time enough has passed: every run that was made is delivered, and the hub finds it once. */
import { expect } from 'chai';
import type { MemoryAgent } from './memory-agent.ts';
import type { MemoryFleet } from './memory-fleet.ts';
import type { RunLedger } from './run-ledger.ts';
import type { RunOracle } from './run-oracle.ts';

/** A spoke takes no runs of an envoy that was about to move for half a minute. */
const WAIT_MS = 35_000;

export async function checkRunsAtCalm(
  fleet: MemoryFleet,
  agents: readonly MemoryAgent[],
  { ledger, oracle }: { readonly ledger: RunLedger; readonly oracle: RunOracle },
): Promise<void> {
  await fleet.clock.advance(WAIT_MS);
  const active = fleet.records.active();
  for (const agent of agents) {
    if (!active.has(agent.id)) continue;
    await agent.follow();
    await ledger.deliver(agent);
  }
  oracle.check();
  for (const [envoyId, runs] of ledger.runs) {
    const kept = oracle.stored(runs).map(({ id }) => id);
    if (active.has(envoyId)) expect(kept, 'every run is delivered').to.deep.equal(runs.map(({ id }) => id));
    // Of an envoy that is gone and has left nothing, nobody knows.
    else if (kept.length === 0) continue;
    expect(await listed(fleet, envoyId), 'runs in the list, newest first').to.deep.equal(kept.toReversed());
  }
  const all = [...ledger.runs.values()].flatMap((runs) => oracle.stored(runs)).map(({ id }) => id);
  expect((await listed(fleet, '')).sort(), 'all runs').to.deep.equal(all.sort());
}

/** All pages; of all envoys if `envoy` is empty. */
async function listed(fleet: MemoryFleet, envoy: string): Promise<string[]> {
  const ids: string[] = [];
  for (let cursor = ''; ; ) {
    const page = await fleet.drive(fleet.hub.admin.listRuns({ envoy, cursor, limit: envoy === '' ? 40 : 5 }));
    expect(page.complete, 'every spoke has answered').to.equal(true);
    ids.push(...page.runs.map(({ id }) => id));
    if (page.nextCursor === '') return ids;
    cursor = page.nextCursor;
  }
}
