/** What every watcher is given. */
import type { FleetRecords } from '../../support/fleet-records.ts';
import type { ChaosFleet } from '../fleet/chaos-fleet.ts';
import type { Tally } from '../tally.ts';
import type { Violations } from '../violations.ts';

export interface Watched {
  readonly fleet: ChaosFleet;
  /** The disks of all servers, read beside the processes that write them. */
  readonly records: FleetRecords;
  readonly violations: Violations;
  readonly tally: Tally;
}
