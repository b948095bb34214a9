/**
 * I1, I2 and I5, read from the disks of hub and spokes while they write them.
 *
 * The directory is read before and after the spokes: what it says both times, it said all the time in between.
 */
import type { PlacementsTable } from '../../../src/server/store/hub-schema.ts';
import type { EnvoysTable } from '../../../src/server/store/spoke-schema.ts';
import { SPOKES, type SpokeId } from '../step.ts';
import type { Watched } from './watched.ts';

type Placements = ReadonlyMap<string, PlacementsTable>;
type Disks = ReadonlyMap<SpokeId, ReadonlyMap<string, EnvoysTable>>;

export interface DiskWatch {
  look(): void;
}

export function createDiskWatch({ fleet, records, violations, tally }: Watched): DiskWatch {
  const hostnames = new Map(fleet.agents.map((agent) => [agent.envoyId, agent.hostname]));
  /** "dc1 ENVOY" → highest epoch under which dc1 has let it go. */
  const released = new Map<string, number>();

  const oneOwnerEach = (placements: Placements): void => {
    for (const [id, hostname] of hostnames) {
      const row = placements.get(id);
      if (!row) violations.add(`I1: ${hostname} is not in the directory any more`);
      else if (row.hostname !== hostname || !SPOKES.includes(row.spoke_id as SpokeId))
        violations.add(`I1: ${hostname} has no proper owner`, JSON.stringify(row, withoutKey));
    }
    const strangers = [...placements.keys()].filter((id) => !hostnames.has(id));
    if (strangers.length > 0) violations.add('I1: the directory knows more than was enrolled', strangers.join(' '));
    tally.checked('directory rows (I1)', placements.size);
  };

  const ownersHaveTheRecords = (before: Placements, disks: Disks, after: Placements): void => {
    for (const [id, row] of before) {
      const later = after.get(id);
      if (later?.spoke_id !== row.spoke_id || later.epoch !== row.epoch) continue;
      tally.checked("records on the owner's disk (I2)");
      const record = disks.get(row.spoke_id as SpokeId)?.get(id);
      const seen = () => `directory: epoch ${row.epoch}, at most ${later.max_epoch}; disk: epoch ${record?.epoch}`;
      if (!record || record.epoch < row.epoch || record.epoch > later.max_epoch)
        violations.add(`I2: ${row.spoke_id} owns ${row.hostname} and has no proper record of it`, seen());
      else if (!Buffer.from(record.public_key).equals(row.public_key))
        violations.add(`I2: ${row.spoke_id} has another key of ${row.hostname}`);
    }
  };

  const nobodyTakesBack = (disks: Disks): void => {
    for (const [spoke, envoys] of disks) {
      for (const { id, hostname, epoch } of envoys.values()) {
        const highest = released.get(`${spoke} ${id}`);
        if (highest === undefined) continue;
        tally.checked('records against earlier tombstones (I5)');
        if (epoch <= highest)
          violations.add(`I5: ${spoke} serves ${hostname} again`, `epoch ${epoch}, let go under epoch ${highest}`);
      }
      for (const { id, epoch, kind } of records.tombstones(spoke).values()) {
        const key = `${spoke} ${id}`;
        if (kind === 'released') released.set(key, Math.max(released.get(key) ?? 0, epoch));
        else violations.add(`${spoke} believes that ${hostnames.get(id)} was revoked`);
      }
    }
  };

  return {
    look() {
      const before = records.active();
      const disks: Disks = new Map(SPOKES.map((id) => [id, records.envoys(id)]));
      const after = records.active();
      oneOwnerEach(after);
      ownersHaveTheRecords(before, disks, after);
      nobodyTakesBack(disks);
      tally.checked('looks at the disks');
    },
  };
}

const withoutKey = (key: string, value: unknown): unknown => (key === 'public_key' ? undefined : value);
