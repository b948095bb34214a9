/**
 * Full records of envoys: to be looked at, or for their next owner.
 *
 * The verdict over an envoy's runs goes with its record, so none may be counted here between handing the record over and the
 * release: such runs are held back, and their agent delivers them to whoever serves it then. A release or an adoption ends the
 * hold with the entry that it belongs to; if neither comes, because the move was given up, the hold ends by itself.
 */
import type { Clock } from '../../platform/clock.ts';
import type { FleetRepository } from '../store/fleet-repository.ts';
import type { CheckinFlusher } from './checkin-flusher.ts';
import type { EnvoyEntry, EnvoyIndex } from './envoy-index.ts';
import type { RunRecorder } from './runs/run-recorder.ts';

/** From a hand-over to the release of a batch it takes a second or two; a hub that is killed in between is back by then. */
const HOLD_RUNS_MS = 30_000;

export interface FullRecord {
  readonly entry: EnvoyEntry;
  readonly traits: Uint8Array | undefined;
}

export interface EnvoyRecords {
  /** Of those that are served here. */
  records(ids: readonly string[]): Promise<FullRecord[]>;
  /** The same for their next owner: from now on, for half a minute at most, no run of theirs is taken. */
  handOver(ids: readonly string[]): Promise<FullRecord[]>;
}

export interface EnvoyRecordsOptions {
  readonly index: EnvoyIndex;
  readonly repository: Pick<FleetRepository, 'traits'>;
  readonly flusher: Pick<CheckinFlusher, 'flush'>;
  readonly recorder: Pick<RunRecorder, 'flush'>;
  readonly clock: Clock;
}

export function createEnvoyRecords(options: EnvoyRecordsOptions): EnvoyRecords {
  const { index, repository, flusher, recorder, clock } = options;
  const records = async (ids: readonly string[]): Promise<FullRecord[]> => {
    // What waits is counted first.
    await recorder.flush();
    await flusher.flush();
    const traits = await repository.traits(ids);
    return ids.flatMap((id) => {
      const entry = index.get(id);
      return entry ? [{ entry, traits: traits.get(id) }] : [];
    });
  };
  return {
    records,
    handOver(ids) {
      const until = clock.monotonic() + HOLD_RUNS_MS;
      // Before what waits is written, so that nothing comes behind it.
      for (const id of ids) {
        const entry = index.get(id);
        if (entry) entry.runsHeldUntil = until;
      }
      return records(ids);
    },
  };
}
