/** The partitions that a hub is opened over, and what it takes to open them. */
import type { ConnectRouter } from '@connectrpc/connect';
import type { PartitionEndpoint, PartitionLink } from '../hub/partition-links.ts';
import type { LiveConfig } from '../live/live-config.ts';
import type { Database } from '../store/database.ts';
import type { FleetIdentity } from './fleet-identity.ts';
import type { RoleContext } from './role-parts.ts';

/** The partitions of a hub, wherever they are. */
export interface Partitions {
  readonly links: readonly PartitionLink[];
  /** More services on the mTLS listener. */
  readonly mount: (router: ConnectRouter) => void;
  readonly services: readonly string[];
  close(): Promise<void>;
}

export interface PartitionsContext extends RoleContext {
  readonly identity: FleetIdentity;
  readonly database: Database;
  /** The hub's own: a partition in its process serves what the hub publishes. */
  readonly live: LiveConfig;
  /** Where agents find this very server. */
  readonly ownEndpoint: (spokeId: string) => PartitionEndpoint;
}
