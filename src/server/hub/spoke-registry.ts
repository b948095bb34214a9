/** What operators say about spokes: eligible, cordoned, draining, drained. Kept on disk; a spoke without a row is eligible. */
import type { SpokeEligibility } from '../../fleet/spoke-health.ts';
import type { Clock } from '../../platform/clock.ts';
import { createMutex } from '../../platform/mutex.ts';
import type { SpokeRepository, SpokeRow } from '../store/spoke-repository.ts';

export interface SpokeRegistry {
  get(spoke: string): SpokeRow;
  /** Spokes about which something was said. */
  all(): readonly SpokeRow[];
  /** A drain has ended: as `set`, unless the spoke is not being drained any more, because someone uncordoned it. */
  settle(spoke: string, eligibility: SpokeEligibility, comment: string): Promise<void>;
  /** Durable before it resolves. */
  set(spoke: string, eligibility: SpokeEligibility, comment: string): Promise<void>;
}

export async function openSpokeRegistry(options: {
  repository: SpokeRepository;
  clock: Clock;
}): Promise<SpokeRegistry> {
  // What is asked for later is written later.
  const mutex = createMutex();
  const rows = new Map((await options.repository.load()).map((row) => [row.id, row]));
  const write = async (spoke: string, eligibility: SpokeEligibility, comment: string): Promise<void> => {
    const row: SpokeRow = { id: spoke, eligibility, comment, since: options.clock.now() };
    await options.repository.save(row);
    rows.set(spoke, row);
  };
  return {
    get: (spoke) => rows.get(spoke) ?? { id: spoke, eligibility: 'eligible', comment: '', since: 0 },
    all: () => [...rows.values()],
    settle: (spoke, eligibility, comment) =>
      mutex.run(async () => {
        if (rows.get(spoke)?.eligibility === 'draining') await write(spoke, eligibility, comment);
      }),
    set: (spoke, eligibility, comment) => mutex.run(() => write(spoke, eligibility, comment)),
  };
}
