/** What operators say about spokes: eligible, cordoned, draining, drained. Kept on disk; a spoke without a row is eligible. */
import type { SpokeEligibility } from '../../fleet/spoke-health.ts';
import type { Clock } from '../../platform/clock.ts';
import type { SpokeRepository, SpokeRow } from '../store/spoke-repository.ts';

export interface SpokeRegistry {
  get(spoke: string): SpokeRow;
  /** Spokes about which something was said. */
  all(): readonly SpokeRow[];
  /** Durable before it resolves. */
  set(spoke: string, eligibility: SpokeEligibility, comment: string): Promise<void>;
}

export async function openSpokeRegistry(options: {
  repository: SpokeRepository;
  clock: Clock;
}): Promise<SpokeRegistry> {
  const rows = new Map((await options.repository.load()).map((row) => [row.id, row]));
  return {
    get: (spoke) => rows.get(spoke) ?? { id: spoke, eligibility: 'eligible', comment: '', since: 0 },
    all: () => [...rows.values()],
    async set(spoke, eligibility, comment) {
      const row: SpokeRow = { id: spoke, eligibility, comment, since: options.clock.now() };
      await options.repository.save(row);
      rows.set(spoke, row);
    },
  };
}
