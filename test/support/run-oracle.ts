/**
 * What must hold of runs (I4 of docs/architecture.md): an acknowledged one is on exactly one disk, and the verdict over an envoy
 * is that of all its runs in their order, wherever they are.
 *
 * Where a record could not be had from its source, because the source was silent, or a run was taken by a spoke that did not know
 * yet that it is the owner no more, the verdict may be behind: then it is not looked at until it is right again, and the one
 * run whose answer was lost at that time may be on two disks. A source that has handed a record over has no such excuse.
 */
import { expect } from 'chai';
import { nextVerdict, type VerdictState } from '../../src/fleet/convergence.ts';
import type { EnvoyRecord } from '../../src/gen/vigo/v1/types_pb.js';
import { driftName, statusName } from '../../src/rpc/status-codes.ts';
import type { StoredRun } from './fleet-records.ts';
import type { MemoryFleet } from './memory-fleet.ts';
import type { SpokeWatch } from './memory-spoke.ts';
import type { LedgerRun, RunLedger } from './run-ledger.ts';

/** As long as a spoke promises to hold back runs. */
const HOLD_MS = 30_000;

export interface RunOracle {
  /** At a moment when nothing is going on but waiting. Throws naming what is wrong. */
  check(): void;
  /** Of these runs, those that are on some disk, in their order. */
  stored(runs: readonly LedgerRun[]): LedgerRun[];
}

interface Known {
  readonly verdict: string;
  readonly drift: string;
  readonly changedStreak: number;
  readonly lastRunId: string;
}

interface HandedOver {
  readonly spoke: string;
  /** The process that promised to hold back runs. */
  readonly process: unknown;
  readonly until: number;
  /** Ids of the runs that were on some disk then. */
  readonly known: ReadonlySet<string>;
}

/** Watches all spokes of `fleet` from now on. */
export function watchRuns(fleet: MemoryFleet, ledger: RunLedger): RunOracle {
  const handed = new Map<string, HandedOver>();
  const behind = new Set<string>();
  const doubtful = new Set<string>();
  const wrong: string[] = [];

  const disks = () => new Map(fleet.spokes.map(({ id }) => [id, fleet.records.runs(id)]));
  const isOn = (spoke: string, runId: string) => fleet.records.runs(spoke).some(({ id }) => id === runId);
  const stored = (runs: readonly LedgerRun[]): LedgerRun[] => {
    const there = new Set([...disks().values()].flat().map(({ id }) => id));
    return runs.filter(({ id }) => there.has(id));
  };
  /** Its promise holds. */
  const holder = (envoyId: string): HandedOver | undefined => {
    const promise = handed.get(envoyId);
    if (!promise || promise.until <= fleet.clock.monotonic()) return undefined;
    return fleet.spoke(promise.spoke).transport === promise.process ? promise : undefined;
  };

  const watch: SpokeWatch = {
    handedOver(spoke, records) {
      for (const record of records) {
        const runs = stored(ledger.runs.get(record.id) ?? []);
        if (!behind.has(record.id) && !same(knownOf(record), foldOf(runs)))
          wrong.push(`${spoke} has handed over a record of ${record.hostname} that does not fit to its runs`);
        const process = fleet.spoke(spoke).transport;
        const known = new Set(runs.map(({ id }) => id));
        handed.set(record.id, { spoke, process, until: fleet.clock.monotonic() + HOLD_MS, known });
      }
    },
    adopted(spoke, records) {
      for (const record of records) {
        const runs = stored(ledger.runs.get(record.id) ?? []);
        const promise = holder(record.id);
        if (promise && runs.some(({ id }) => !promise.known.has(id) && isOn(promise.spoke, id)))
          wrong.push(`${promise.spoke} has taken a run of ${record.hostname} behind its record`);
        if (promise?.spoke === spoke) handed.delete(record.id);
        if (same(knownOf(record), foldOf(runs))) continue;
        behind.add(record.id);
        const last = runs.at(-1);
        if (last && !last.acknowledged) doubtful.add(last.id);
      }
    },
    reporting(spoke, envoyId, runId) {
      const before = isOn(spoke, runId);
      const promise = holder(envoyId);
      return () => {
        if (before || !isOn(spoke, runId)) return;
        if (promise?.spoke === spoke && handed.get(envoyId) === promise)
          wrong.push(`${spoke} has taken run ${runId} behind the record that it has handed over`);
        const owner = fleet.records.active().get(envoyId)?.spoke_id;
        const leaving = fleet.records.items().some((item) => item.envoy_id === envoyId && item.state === 'adopting');
        if (owner === spoke && !leaving) return;
        behind.add(envoyId);
        doubtful.add(runId);
      };
    },
  };
  for (const spoke of fleet.spokes) spoke.watch = watch;

  return {
    stored,
    check() {
      expect(wrong.join('; '), 'runs while an envoy moves').to.equal('');
      const rows = disks();
      for (const [envoyId, runs] of ledger.runs) eachIsThereOnce(rows, runs, doubtful, envoyId);
      for (const [id, { spoke_id: spoke, hostname }] of fleet.records.active()) {
        const row = fleet.records.envoys(spoke).get(id);
        const { status = '', drift = '', changed_streak = 0, last_run_id = '' } = row ?? {};
        const known = { verdict: status, drift, changedStreak: changed_streak, lastRunId: last_run_id };
        const expected = foldOf(stored(ledger.runs.get(id) ?? []));
        if (same(known, expected)) behind.delete(id);
        else if (!behind.has(id)) expect(known, `verdict over ${hostname} on ${spoke}`).to.deep.equal(expected);
      }
    },
  };
}

function eachIsThereOnce(
  disks: ReadonlyMap<string, readonly StoredRun[]>,
  runs: readonly LedgerRun[],
  doubtful: ReadonlySet<string>,
  envoyId: string,
): void {
  const place = new Map(runs.map(({ id }, i) => [id, i]));
  const copies = new Map<string, number>();
  for (const [spoke, rows] of disks) {
    const here = rows.filter((row) => row.envoy_id === envoyId).map(({ id }) => place.get(id) ?? -1);
    expect(here, `order of its runs on ${spoke}`).to.deep.equal(here.toSorted((a, b) => a - b));
    for (const row of rows) copies.set(row.id, (copies.get(row.id) ?? 0) + 1);
  }
  for (const { id, acknowledged } of runs) {
    const count = copies.get(id) ?? 0;
    if (acknowledged) expect(count, `I4: acknowledged run ${id} is on a disk`).to.be.at.least(1);
    if (!doubtful.has(id)) expect(count, `I4: run ${id} is on one disk only`).to.be.at.most(1);
  }
  const isThere = runs.map(({ id }) => copies.has(id));
  expect(isThere.lastIndexOf(true), 'runs arrive in order').to.equal(isThere.filter(Boolean).length - 1);
}

function foldOf(runs: readonly LedgerRun[]): Known {
  const first: VerdictState = { verdict: 'no_data', drift: 'none', changedStreak: 0 };
  const state = runs.reduce((before, { counts }) => nextVerdict(before, counts), first);
  return { ...state, lastRunId: runs.at(-1)?.id ?? '' };
}

const knownOf = ({ status, drift, changedStreak, lastRunId }: EnvoyRecord): Known => ({
  verdict: statusName(status),
  drift: driftName(drift),
  changedStreak,
  lastRunId,
});

const same = (a: Known, b: Known): boolean =>
  JSON.stringify([a.verdict, a.drift, a.changedStreak, a.lastRunId]) ===
  JSON.stringify([b.verdict, b.drift, b.changedStreak, b.lastRunId]);
