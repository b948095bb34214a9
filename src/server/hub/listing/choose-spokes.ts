/** Which spokes a list asks: those that own envoys. Those known to be dead cost nothing but a warning. */
import { isDown } from '../../../fleet/spoke-health.ts';
import type { PartitionLink } from '../partition-links.ts';
import type { EnvoyQuery, ListWarning } from './envoy-query.ts';
import type { MergeOptions } from './merged-rows.ts';

export function chooseSpokes(
  { directory, links, monitor }: MergeOptions,
  query: Pick<EnvoyQuery, 'spoke'>,
): { links: PartitionLink[]; warnings: ListWarning[] } {
  const chosen: PartitionLink[] = [];
  const warnings: ListWarning[] = [];
  const owners = directory
    .owners()
    .sort()
    .filter((owner) => query.spoke === '' || owner === query.spoke);
  for (const spoke of owners) {
    const link = links.find(spoke);
    const health = monitor.view(spoke)?.health;
    if (!link) {
      warnings.push({ spoke, code: 'not_found', message: 'it owns envoys, but is not in the configuration any more' });
    } else if (health && isDown(health.health)) {
      warnings.push({ spoke, code: health.health, message: health.reason });
    } else {
      chosen.push(link);
    }
  }
  return { links: chosen, warnings };
}
