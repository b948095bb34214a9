/**
 * The hub's directory: every enrolled envoy and its one owner.
 *
 * The database is the truth; this is its image in memory, changed only after a transaction has committed. All changes go
 * through one mutex, so that what a change was decided on still holds when it is written.
 */
import { type EnvoyKey, type EnvoySortSpec, envoyComparator, firstBehind } from '../../fleet/envoy-order.ts';
import { createMutex, type Mutex } from '../../platform/mutex.ts';
import { createEnvoySet, type EnvoySet } from '../../rpc/envoy-set.ts';
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

/** Who owns whom at one instant, in the order of a list. */
export interface OwnedRows {
  readonly rows: readonly Placement[];
  readonly owners: readonly string[];
  /** For each row the index of its owner. */
  readonly ownerAt: Uint32Array;
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
  /** The same with the owners as they are now, which later changes leave alone, too. */
  owned(sort: EnvoySortSpec): OwnedRows;
  /** Of the enrolled envoys of a spoke, as `rpc/envoy-set.ts` makes it. */
  digestOf(spoke: string): Uint8Array;
  /** After a commit: these are the changes that the database has taken. */
  add(row: PlacementSummary): Placement;
  /** Many at once, which are enrolled already. */
  enter(rows: readonly PlacementSummary[]): void;
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

const nameOfSort = (sort: EnvoySortSpec): string => `${sort.field} ${sort.descending}`;

function ownersOf(rows: readonly Placement[], owners: readonly string[]): OwnedRows {
  const indexOf = new Map(owners.map((owner, index) => [owner, index]));
  const ownerAt = Uint32Array.from(rows, ({ spoke }) => indexOf.get(spoke) ?? 0);
  return { rows, owners, ownerAt };
}

export async function openDirectory(repository: DirectoryRepository): Promise<Directory> {
  const byId = new Map<string, Placement>();
  const byHostname = new Map<string, Placement>();
  const enrolling = new Map<string, Placement>();
  const counts = new Map<string, number>();
  const names = new Map<string, string>();
  const snapshots = new Map<string, { sort: EnvoySortSpec; rows: readonly Placement[] }>();
  const owned = new Map<string, OwnedRows>();
  /** Made when first asked for. */
  let sets: Map<string, EnvoySet> | undefined;

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
  const setOf = (all: Map<string, EnvoySet>, spoke: string): EnvoySet => {
    const set = all.get(spoke) ?? createEnvoySet();
    all.set(spoke, set);
    return set;
  };
  /** An enrolled envoy comes to its spoke, or is about to leave it. */
  const placed = (placement: Placement, change: 'add' | 'remove'): void => {
    count(placement.spoke, change === 'add' ? +1 : -1);
    if (sets) setOf(sets, placement.spoke)[change](placement);
    owned.clear();
  };
  const keep = (row: PlacementSummary): Placement => {
    const placement = placementOf(row, nameOf(row.spoke_id));
    byId.set(placement.id, placement);
    (placement.enrolling ? enrolling : byHostname).set(placement.hostname, placement);
    if (!placement.enrolling) placed(placement, 'add');
    return placement;
  };
  for (const row of await repository.loadLive()) keep(row);

  /** Copying pointers is cheap; sorting a large fleet anew for each enrolment would not be. */
  const updateSnapshots = (change: (rows: readonly Placement[], sort: EnvoySortSpec) => readonly Placement[]): void => {
    for (const snapshot of snapshots.values()) snapshot.rows = change(snapshot.rows, snapshot.sort);
  };
  const sorted = (sort: EnvoySortSpec): readonly Placement[] => {
    let snapshot = snapshots.get(nameOfSort(sort));
    if (!snapshot) {
      const rows = [...byId.values()].filter((placement) => !placement.enrolling).sort(envoyComparator(sort));
      snapshot = { sort, rows };
      snapshots.set(nameOfSort(sort), snapshot);
    }
    return snapshot.rows;
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
    sorted,
    owned(sort) {
      const known = owned.get(nameOfSort(sort));
      if (known) return known;
      const snapshot = ownersOf(sorted(sort), [...counts.keys()].sort());
      owned.set(nameOfSort(sort), snapshot);
      return snapshot;
    },
    digestOf(spoke) {
      if (!sets) {
        sets = new Map();
        for (const placement of byHostname.values()) setOf(sets, placement.spoke).add(placement);
      }
      return setOf(sets, spoke).digest();
    },
    add: keep,
    enter(rows) {
      for (const row of rows) keep(row);
      // Sorted anew when somebody asks: putting each in its place would take longer.
      if (rows.length > 0) snapshots.clear();
    },
    activate(id) {
      const placement = need(id);
      if (!placement.enrolling) return;
      placement.enrolling = false;
      enrolling.delete(placement.hostname);
      byHostname.set(placement.hostname, placement);
      placed(placement, 'add');
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
      placed(placement, 'remove');
      updateSnapshots((rows, sort) => rows.toSpliced(firstBehind(rows, envoyComparator(sort), placement) - 1, 1));
    },
    reassign(id, spoke, epoch) {
      const placement = need(id);
      placed(placement, 'remove');
      placement.spoke = nameOf(spoke);
      placement.epoch = epoch;
      placement.maxEpoch = Math.max(placement.maxEpoch, epoch);
      placed(placement, 'add');
    },
  };
}
