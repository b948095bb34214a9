/**
 * A spoke's envoys in memory: what check-ins and lists need, so that neither waits for the disk.
 *
 * The database is the truth for who is here and for the verdicts over their runs; the index is changed only after the
 * database was. What check-ins change (last seen, traits, version) lives here first and is flushed in batches.
 */
import { type EnvoyKey, type EnvoySortSpec, envoyComparator } from '../../fleet/envoy-order.ts';
import type { EnvoyDrift, RunVerdict } from '../../fleet/envoy-status.ts';
import { createEnvoySet, type EnvoySet } from '../../rpc/envoy-set.ts';
import { publicKeyHash } from '../platform/peer.ts';
import type { EnvoySummaryRow, TombstoneRow } from '../store/fleet-repository.ts';

export interface EnvoyEntry extends EnvoyKey {
  readonly publicKey: Uint8Array;
  /** `publicKeyHash(publicKey)` */
  readonly keyHash: string;
  readonly epoch: number;
  /** 0 if never. */
  lastSeenAt: number;
  /** Hex; empty if no traits are known. */
  traitsDigest: string;
  configVersion: string;
  verdict: RunVerdict;
  drift: EnvoyDrift;
  changedStreak: number;
  /** The last run that the verdict takes into account; empty if none. */
  lastRunId: string;
  /** Until when its runs are not taken, because its record is on its way to another owner; monotonic. In memory only. */
  runsHeldUntil: number;
  /** A run was counted here since it was adopted; true also if this process cannot tell. In memory only. */
  countedHere: boolean;
  /** When its last check-in was told to come back, milliseconds from then; 0 if that is not known. In memory only. */
  toldMs: number;
}

export function entryOf(row: EnvoySummaryRow): EnvoyEntry {
  return {
    id: row.id,
    hostname: row.hostname,
    publicKey: row.public_key,
    keyHash: publicKeyHash(row.public_key),
    epoch: row.epoch,
    enrolledAt: Number(row.enrolled_at),
    lastSeenAt: Number(row.last_seen_at ?? 0),
    traitsDigest: row.traits_digest ? Buffer.from(row.traits_digest).toString('hex') : '',
    configVersion: row.config_version,
    verdict: row.status as RunVerdict,
    drift: row.drift as EnvoyDrift,
    changedStreak: row.changed_streak,
    lastRunId: row.last_run_id,
    runsHeldUntil: 0,
    countedHere: true,
    toldMs: 0,
  };
}

export interface EnvoyIndex {
  readonly size: number;
  get(id: string): EnvoyEntry | undefined;
  tombstone(id: string): TombstoneRow | undefined;
  tombstones(): Iterable<TombstoneRow>;
  values(): Iterable<EnvoyEntry>;
  /** All envoys in this order: a snapshot that later changes leave alone. */
  sorted(sort: EnvoySortSpec): readonly EnvoyEntry[];
  /** Of all envoys here, as `rpc/envoy-set.ts` makes it. */
  digest(): Uint8Array;
  /** These are here now. */
  put(entries: readonly EnvoyEntry[]): void;
  /** These are gone, and this is where to. */
  bury(tombstones: readonly TombstoneRow[]): void;
}

export function createEnvoyIndex(rows: readonly EnvoySummaryRow[], tombstoneRows: readonly TombstoneRow[]): EnvoyIndex {
  const entries = new Map(rows.map((row) => [row.id, entryOf(row)]));
  const tombstones = new Map(tombstoneRows.map((row) => [row.id, row]));
  let snapshots = new Map<string, readonly EnvoyEntry[]>();
  /** Made when first asked for. */
  let set: EnvoySet | undefined;
  const forget = (id: string): void => {
    const entry = entries.get(id);
    if (entry) set?.remove(entry);
    entries.delete(id);
  };

  return {
    get size() {
      return entries.size;
    },
    get: (id) => entries.get(id),
    tombstone: (id) => tombstones.get(id),
    tombstones: () => tombstones.values(),
    values: () => entries.values(),
    sorted(sort) {
      const name = `${sort.field} ${sort.descending}`;
      let snapshot = snapshots.get(name);
      if (!snapshot) {
        snapshot = [...entries.values()].sort(envoyComparator(sort));
        snapshots.set(name, snapshot);
      }
      return snapshot;
    },
    digest() {
      if (!set) {
        set = createEnvoySet();
        for (const entry of entries.values()) set.add(entry);
      }
      return set.digest();
    },
    put(added) {
      for (const entry of added) {
        forget(entry.id);
        set?.add(entry);
        entries.set(entry.id, entry);
        tombstones.delete(entry.id);
      }
      snapshots = new Map();
    },
    bury(rows) {
      for (const row of rows) {
        forget(row.id);
        tombstones.set(row.id, row);
      }
      snapshots = new Map();
    },
  };
}
