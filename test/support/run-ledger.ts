/** What agents of a memory fleet have done and remember: their runs in order, those that wait, those that were acknowledged. */
import type { RunCounts } from '../../src/fleet/convergence.ts';
import { toVigoError } from '../../src/rpc/errors.ts';
import type { MemoryAgent } from './memory-agent.ts';
import type { MemoryFleet } from './memory-fleet.ts';
import { runOf } from './runs.ts';

export type RunKind = 'clean' | 'changed' | 'degraded' | 'failed' | 'broken';

const COUNTS: Record<RunKind, RunCounts> = {
  clean: { ok: 3, changed: 0, failed: 0, skipped: 0, error: '' },
  changed: { ok: 2, changed: 1, failed: 0, skipped: 0, error: '' },
  degraded: { ok: 1, changed: 1, failed: 1, skipped: 0, error: '' },
  failed: { ok: 0, changed: 0, failed: 2, skipped: 1, error: '' },
  broken: { ok: 0, changed: 0, failed: 0, skipped: 0, error: 'no policy' },
};

export interface LedgerRun {
  readonly id: string;
  readonly counts: RunCounts;
  /** A spoke has said that it is on its disk. */
  acknowledged: boolean;
}

export interface RunLedger {
  /** By envoy, in the order in which they happened. */
  readonly runs: ReadonlyMap<string, readonly LedgerRun[]>;
  /** A run has ended and waits. */
  make(agent: MemoryAgent, kind: RunKind): void;
  /**
   * Delivers what waits, oldest first, until one is not taken; as real agents do. `twice`: each is sent twice at once. Throws
   * if a spoke refuses one for good.
   */
  deliver(agent: MemoryAgent, twice?: boolean): Promise<void>;
}

export function createRunLedger({ clock }: Pick<MemoryFleet, 'clock'>): RunLedger {
  const runs = new Map<string, LedgerRun[]>();
  const messages = new Map<string, ReturnType<typeof runOf>>();
  const delivering = new Set<string>();

  const send = async (agent: MemoryAgent, run: LedgerRun): Promise<boolean> => {
    const message = messages.get(run.id);
    if (!message) throw new Error(`nobody made run ${run.id}`);
    try {
      await agent.report(message);
      return true;
    } catch (error) {
      const { kind, message: why } = toVigoError(error, { target: 'its spoke' });
      if (kind === 'invalid_argument') throw new Error(`a run is refused for good: ${why}`, { cause: error });
      return false;
    }
  };
  const deliverAll = async (agent: MemoryAgent, twice: boolean): Promise<void> => {
    for (const run of runs.get(agent.id) ?? []) {
      if (run.acknowledged) continue;
      const taken = await Promise.all([send(agent, run), ...(twice ? [send(agent, run)] : [])]);
      if (!taken.includes(true)) return;
      run.acknowledged = true;
    }
  };

  return {
    runs,
    make(agent, kind) {
      const run = runOf(messages.size + 1, clock.now(), { ...COUNTS[kind] });
      messages.set(run.id, run);
      const made = runs.get(agent.id) ?? [];
      runs.set(agent.id, [...made, { id: run.id, counts: COUNTS[kind], acknowledged: false }]);
    },
    async deliver(agent, twice = false) {
      // One delivery at a time.
      if (delivering.has(agent.id)) return;
      delivering.add(agent.id);
      await deliverAll(agent, twice).finally(() => delivering.delete(agent.id));
    },
  };
}
