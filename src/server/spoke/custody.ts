/**
 * Who is served here: taking envoys over, letting them go, revoking them.
 *
 * Each call is durable before it returns, may be repeated, and is decided by epochs: the higher one is right. A spoke never
 * serves an envoy under an epoch at or below one under which it has let it go.
 */
import type { Mutex } from '../../platform/mutex.ts';
import type { EnvoyRow, FleetRepository, TombstoneRow } from '../store/fleet-repository.ts';
import { type EnvoyEntry, entryOf } from './envoy-index.ts';
import { createEnvoyRecords, type EnvoyRecords, type EnvoyRecordsOptions } from './envoy-records.ts';

/** Beyond every epoch: a revoked envoy never comes back under its id. */
const REVOKED_EPOCH = 2 ** 31 - 1;

export interface Refusal {
  readonly id: string;
  /** The epoch that this spoke has seen and that is higher than the one asked for. */
  readonly knownEpoch: number;
}

export interface ReleaseOrder {
  readonly envoys: readonly { readonly id: string; readonly epoch: number }[];
  readonly target: { readonly spokeId: string; readonly address: string; readonly identity: string };
  readonly spreadMs: number;
}

export interface Custody extends EnvoyRecords {
  adopt(rows: readonly EnvoyRow[]): Promise<{ adopted: string[]; refused: Refusal[] }>;
  release(order: ReleaseOrder): Promise<void>;
  revoke(ids: readonly string[]): Promise<void>;
}

export interface CustodyOptions extends EnvoyRecordsOptions {
  readonly repository: FleetRepository;
  /** Shared with the recorder: no run is counted for an envoy that goes in the same moment. */
  readonly mutex: Mutex;
}

/** Of all with the same id, the one under the highest epoch. */
function highestOfEach<T extends { readonly id: string; readonly epoch: number }>(rows: readonly T[]): Map<string, T> {
  const highest = new Map<string, T>();
  for (const row of rows) {
    const known = highest.get(row.id);
    if (!known || row.epoch > known.epoch) highest.set(row.id, row);
  }
  return highest;
}

export function createCustody(options: CustodyOptions): Custody {
  const { index, repository, mutex, clock } = options;

  /** What an adoption of `row` means, given what is here. */
  const judge = (row: EnvoyRow): 'take' | 'have' | Refusal => {
    const entry = index.get(row.id);
    if (entry) {
      if (entry.epoch > row.epoch) return { id: row.id, knownEpoch: entry.epoch };
      return entry.epoch < row.epoch || isNews(entry, row) ? 'take' : 'have';
    }
    const tombstone = index.tombstone(row.id);
    return tombstone && tombstone.epoch >= row.epoch ? { id: row.id, knownEpoch: tombstone.epoch } : 'take';
  };

  /** Writes tombstones for those that are here under a lower epoch, or not here and not known to be further on. */
  const bury = async (tombstones: readonly TombstoneRow[]): Promise<void> => {
    // A spoke that was away is told of several moves at once: of one envoy, the last word counts.
    const due = [...highestOfEach(tombstones).values()].filter((tombstone) => {
      // Nothing outweighs a revocation, whatever epoch someone claims to have seen.
      if (tombstone.kind === 'revoked') return index.tombstone(tombstone.id)?.kind !== 'revoked';
      const known = index.get(tombstone.id) ?? index.tombstone(tombstone.id);
      return !known || known.epoch < tombstone.epoch;
    });
    if (due.length === 0) return;
    await repository.bury(due);
    index.bury(due);
  };

  return {
    adopt: (rows) =>
      mutex.run(async () => {
        const highest = highestOfEach(rows);
        const verdicts = rows.map((row) => {
          const { epoch } = highest.get(row.id) as EnvoyRow;
          return { row, verdict: epoch > row.epoch ? { id: row.id, knownEpoch: epoch } : judge(row) };
        });
        const taken = [...highest.values()].filter((row) => judge(row) === 'take');
        if (taken.length > 0) {
          await repository.adopt(taken);
          index.put(taken.map((row) => ({ ...entryOf(row), countedHere: false })));
        }
        return {
          adopted: verdicts.filter(({ verdict }) => typeof verdict === 'string').map(({ row }) => row.id),
          refused: verdicts.map(({ verdict }) => verdict).filter((verdict) => typeof verdict !== 'string'),
        };
      }),

    release: ({ envoys, target, spreadMs }) =>
      mutex.run(() =>
        bury(
          envoys.map(({ id, epoch }) => ({
            id,
            kind: 'released',
            epoch,
            target_spoke: target.spokeId,
            target_address: target.address,
            target_identity: target.identity,
            spread_ms: spreadMs,
            at: clock.now(),
          })),
        ),
      ),

    revoke: (ids) =>
      mutex.run(() =>
        bury(
          ids.map((id) => ({
            id,
            kind: 'revoked',
            epoch: REVOKED_EPOCH,
            target_spoke: '',
            target_address: '',
            target_identity: '',
            spread_ms: 0,
            at: clock.now(),
          })),
        ),
      ),

    ...createEnvoyRecords(options),
  };
}

/**
 * Handed over once more, because the move was interrupted: its former owner may have counted runs meanwhile. A record that
 * knows of no run comes from a hub whose source did not answer, and is no news.
 */
function isNews(entry: EnvoyEntry, row: EnvoyRow): boolean {
  return !entry.countedHere && row.last_run_id !== '' && row.last_run_id !== entry.lastRunId;
}
