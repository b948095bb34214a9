/** A hub: its partitions are spokes, on machines of their own. */
import { openFleetRole } from './fleet-role.ts';
import { connectSpokes } from './remote-partitions.ts';
import type { RoleContext, RoleParts } from './role-parts.ts';

export function openHubRole(context: RoleContext): Promise<RoleParts> {
  return openFleetRole(context, 'hub', async (partitions) => connectSpokes(partitions));
}
