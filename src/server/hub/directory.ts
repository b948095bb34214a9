/**
 * The hub's directory: every enrolled envoy and its one owner.
 *
 * The database is the truth; this is its image in memory, changed only after a transaction has committed. All changes go
 * through one mutex, so that what a change was decided on still holds when it is written.
 */
import { type EnvoyKey, type EnvoySortSpec, envoyComparator, firstBehind } from '../../fleet/envoy-order.ts';
import { createMutex, type Mutex } from '../../platform/mutex.ts';
import type { DirectoryRepository, PlacementSummary } from '../store/directory-repository.ts';

/** What the hub last heard about an envoy, for rows that stand in for a spoke that does not answer. */
export interface LastKnown {
  /** Protocol numbers; 0 if nothing was heard since the hub started. */
  status: number;
  drift: number;
  /** Milliseconds since 1970 UTC; 0 if not known. */
  lastSeenAt: number;
  configVersion: string;
}

export interface Placement extends EnvoyKey, LastKnown {
  spoke: string;
  epoch: number;
  /** Highest epoch ever promised to a spoke for this envoy. */
  maxEpoch: number;
  /** Reserved for an enrolment that its spoke has not confirmed yet: counts for the license, is not listed. */
  enrolling: boolean;
  /** Revoked, or its enrolment was taken back: snapshots may still have it. */
  gone: boolean;
  /** The running move that it is part of. */
  moveId: string | undefined;
}

export interface Directory {
  /** Held while something is decided and written; the reads below need no lock. */
  readonly mutex: Mutex;
  /** Envoys including those that are being enrolled: what the license counts. */
  readonly size: number;
  get(id: string): Placement | undefined;
  /** The enrolled envoy of this name. */
  byHostname(hostname: string): Placement | undefined;
  /** The envoy that is being enrolled under this name. */
  enrollingAs(hostname: string): Placement | undefined;
  /** Enrolled envoys of a spoke. */
  countOn(spoke: string): number;
  /** Enrolments under way on a spoke. */
  enrollingOn(spoke: string): number;
  /** Spokes that own at least one envoy. */
  owners(): string[];
  /** Enrolled envoys in this order: a snapshot that later changes leave alone (its elements change owner). */
  sorted(sort: EnvoySortSpec): readonly Placement[];
  /** After a commit: these are the changes that the database has taken. */
  add(row: PlacementSummary): Placement;
  activate(id: string): void;
  remove(id: string): void;
  reassign(id: string, spoke: string, epoch: number): void;
}

function placementOf(row: PlacementSummary, spoke: string): Placement {
  return {
    id: row.id,
    hostname: row.hostname,
    enrolledAt: Number(row.enrolled_at),
    spoke,
    epoch: row.epoch,
    maxEpoch: row.max_epoch,
    enrolling: row.state === 'enrolling',
    gone: false,
    moveId: undefined,
    status: 0,
    drift: 0,
    lastSeenAt: 0,
    configVersion: '',
  };
}

export async function openDirectory(repository: DirectoryRepository): Promise<Directory> {
  const byId = new Map<string, Placement>();
  const byHostname = new Map<string, Placement>();
  const enrolling = new Map<string, Placement>();
  const counts = new Map<string, number>();
  const names = new Map<string, string>();
  const snapshots = new Map<string, { sort: EnvoySortSpec; rows: readonly Placement[] }>();

  /** One string for all envoys of a spoke, not one each: lists compare it with every row. */
  const nameOf = (spoke: string): string => {
    const known = names.get(spoke) ?? spoke;
    names.set(spoke, known);
    return known;
  };
  const count = (spoke: string, change: number): void => {
    const now = (counts.get(spoke) ?? 0) + change;
    if (now === 0) counts.delete(spoke);
    else counts.set(spoke, now);
  };
  const keep = (row: PlacementSummary): Placement => {
    const placement = placementOf(row, nameOf(row.spoke_id));
    byId.set(placement.id, placement);
    (placement.enrolling ? enrolling : byHostname).set(placement.hostname, placement);
    if (!placement.enrolling) count(placement.spoke, +1);
    return placement;
  };
  for (const row of await repository.loadLive()) keep(row);

  /** Copying pointers is cheap; sorting a large fleet anew for each enrolment would not be. */
  const updateSnapshots = (change: (rows: readonly Placement[], sort: EnvoySortSpec) => readonly Placement[]): void => {
    for (const snapshot of snapshots.values()) snapshot.rows = change(snapshot.rows, snapshot.sort);
  };
  const need = (id: string): Placement => {
    const placement = byId.get(id);
    if (!placement) throw new Error(`envoy ${id} is in the database but not in the directory`);
    return placement;
  };

  return {
    mutex: createMutex(),
    get size() {
      return byId.size;
    },
    get: (id) => byId.get(id),
    byHostname: (hostname) => byHostname.get(hostname),
    enrollingAs: (hostname) => enrolling.get(hostname),
    countOn: (spoke) => counts.get(spoke) ?? 0,
    enrollingOn: (spoke) => [...enrolling.values()].filter((placement) => placement.spoke === spoke).length,
    owners: () => [...counts.keys()],
    sorted(sort) {
      const name = `${sort.field} ${sort.descending}`;
      let snapshot = snapshots.get(name);
      if (!snapshot) {
        const rows = [...byId.values()].filter((placement) => !placement.enrolling).sort(envoyComparator(sort));
        snapshot = { sort, rows };
        snapshots.set(name, snapshot);
      }
      return snapshot.rows;
    },
    add: keep,
    activate(id) {
      const placement = need(id);
      if (!placement.enrolling) return;
      placement.enrolling = false;
      enrolling.delete(placement.hostname);
      byHostname.set(placement.hostname, placement);
      count(placement.spoke, +1);
      updateSnapshots((rows, sort) =>
        rows.toSpliced(firstBehind(rows, envoyComparator(sort), placement), 0, placement),
      );
    },
    remove(id) {
      const placement = need(id);
      placement.gone = true;
      byId.delete(id);
      (placement.enrolling ? enrolling : byHostname).delete(placement.hostname);
      if (placement.enrolling) return;
      count(placement.spoke, -1);
      updateSnapshots((rows, sort) => rows.toSpliced(firstBehind(rows, envoyComparator(sort), placement) - 1, 1));
    },
    reassign(id, spoke, epoch) {
      const placement = need(id);
      count(placement.spoke, -1);
      count(spoke, +1);
      placement.spoke = nameOf(spoke);
      placement.epoch = epoch;
      placement.maxEpoch = Math.max(placement.maxEpoch, epoch);
    },
  };
}
