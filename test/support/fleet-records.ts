/** What a fleet has on its disks, read beside the processes that write it. */
import { DatabaseSync } from 'node:sqlite';
import type { EnrollmentTokensTable } from '../../src/server/store/access-schema.ts';
import type {
  MoveItemsTable,
  MovesTable,
  PlacementsTable,
  SpokeNoticesTable,
} from '../../src/server/store/hub-schema.ts';
import type { EnvoysTable, RunsTable, TombstonesTable } from '../../src/server/store/spoke-schema.ts';

export interface FleetRecords {
  /** Of every envoy that was ever enrolled and not taken back. */
  placements(): PlacementsTable[];
  /** Those that are active, by id. */
  active(): Map<string, PlacementsTable>;
  notices(): SpokeNoticesTable[];
  moves(): MovesTable[];
  items(moveId?: string): MoveItemsTable[];
  tokens(): EnrollmentTokensTable[];
  envoys(spoke: string): Map<string, EnvoysTable>;
  tombstones(spoke: string): Map<string, TombstonesTable>;
  /** The file of this spoke's disk, or of the hub's, is another one now. */
  replaced(server: string): void;
  /** Of all envoys that were ever there, in the order in which they were stored. */
  runs(spoke: string): StoredRun[];
  close(): void;
}

export type StoredRun = Pick<RunsTable, 'id' | 'envoy_id' | 'received_at'>;

interface Disk {
  readonly databaseFile: string;
}

export function openFleetRecords(hub: Disk, spokes: readonly (Disk & { readonly id: string })[]): FleetRecords {
  const read = (file: string) => new DatabaseSync(file, { readOnly: true, timeout: 1_000 });
  let hubDisk = read(hub.databaseFile);
  const disks = new Map(spokes.map(({ id, databaseFile }) => [id, read(databaseFile)]));
  const rows = <T>(disk: DatabaseSync | undefined, query: string): T[] => {
    if (!disk) throw new Error('there is no such disk');
    return disk.prepare(query).all() as unknown as T[];
  };
  const byId = <T extends { id: string }>(all: T[]) => new Map(all.map((row) => [row.id, row]));
  return {
    placements: () => rows(hubDisk, 'select * from placements order by hostname, id'),
    active: () => byId(rows<PlacementsTable>(hubDisk, "select * from placements where state = 'active'")),
    notices: () => rows(hubDisk, 'select * from spoke_notices order by seq'),
    moves: () => rows(hubDisk, 'select * from moves order by seq'),
    items: (moveId) =>
      rows<MoveItemsTable>(hubDisk, 'select * from move_items order by move_id, position').filter(
        (item) => moveId === undefined || item.move_id === moveId,
      ),
    tokens: () => rows(hubDisk, 'select * from enrollment_tokens order by created_at, id'),
    envoys: (spoke) => byId(rows<EnvoysTable>(disks.get(spoke), 'select * from envoys')),
    tombstones: (spoke) => byId(rows<TombstonesTable>(disks.get(spoke), 'select * from tombstones')),
    replaced(spoke) {
      if (spoke === 'hub') {
        hubDisk.close();
        hubDisk = read(hub.databaseFile);
      }
      disks.get(spoke)?.close();
      const disk = spokes.find(({ id }) => id === spoke);
      if (disk) disks.set(spoke, read(disk.databaseFile));
    },
    runs: (spoke) => rows(disks.get(spoke), 'select id, envoy_id, received_at from runs order by rowid'),
    close() {
      hubDisk.close();
      for (const disk of disks.values()) disk.close();
    },
  };
}
