/** What a hub is made with, and what it is to those who serve it. */
import type { Interceptor, ServiceImpl } from '@connectrpc/connect';
import type { Registry } from 'prom-client';
import type { AdminService } from '../../gen/vigo/v1/admin_pb.js';
import type { EnrollmentService } from '../../gen/vigo/v1/enrollment_pb.js';
import type { HubService } from '../../gen/vigo/v1/hub_pb.js';
import type { ActiveLicense } from '../../license/policy.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Logger } from '../../platform/logger.ts';
import type { StacksFiles, StacksProblem } from '../../stacks/stacks-files.ts';
import type { ServerConfig } from '../config/server-config.ts';
import type { LiveConfig } from '../live/live-config.ts';
import type { FaultInjection } from '../platform/fault-injection.ts';
import type { Database } from '../store/database.ts';
import type { RestoredMarker } from '../store/restored-note.ts';
import type { Access } from './access/access.ts';
import type { Callers } from './machine-services.ts';
import type { NotificationEndpoint } from './notifications/fleet-event.ts';
import type { PartitionEndpoint, PartitionLink } from './partition-links.ts';
import type { HubPki } from './pki/hub-pki.ts';
import type { Webhooks } from './webhooks/webhook-service.ts';
import type { WebhookSource } from './webhooks/webhook-source.ts';

export interface HubOptions extends Callers {
  readonly role: 'hub' | 'standalone';
  readonly config: Pick<ServerConfig, 'checkin' | 'enrollment' | 'spanner' | 'auth'>;
  /** What this server says of itself. */
  readonly self: { readonly version: string; readonly hostname: string };
  /** The token in the server's own data directory. */
  readonly adminToken: string;
  readonly links: readonly PartitionLink[];
  readonly database: Database;
  /** The tree that is published: in a standalone server also the one that its partition serves. */
  readonly live: LiveConfig;
  /** What is wrong with a tree of stacks; empty if nothing is. */
  readonly checkStacks: (files: StacksFiles) => readonly StacksProblem[];
  /** What publishes by itself when something was pushed; default none. */
  readonly webhooks?: readonly WebhookSource[];
  /** Who is told what happens; default nobody. */
  readonly notifications?: readonly NotificationEndpoint[];
  readonly pki: HubPki;
  /** What a restore has left in the data directory; absent if nothing has. */
  readonly restored?: RestoredMarker | undefined;
  readonly license: () => ActiveLicense;
  /** "https://host:port" of the API listener, for tokens. */
  readonly apiUrl: () => string;
  /** Where agents ask `Locate`. */
  readonly endpoint: () => PartitionEndpoint;
  readonly keyHash: (publicKey: Uint8Array) => string;
  /** Where what is measured can be read; default nowhere. */
  readonly metrics?: Registry;
  /** Aborts when the server begins to stop. */
  readonly stopping?: AbortSignal;
  /** Default none. */
  readonly faults?: Pick<FaultInjection, 'steps'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface Hub {
  readonly adminService: ServiceImpl<typeof AdminService>;
  /** Goes around `adminService`, inside of what says who is asking. */
  readonly adminInterceptor: Interceptor;
  readonly enrollmentService: ServiceImpl<typeof EnrollmentService>;
  readonly hubService: ServiceImpl<typeof HubService>;
  /** Who may use the admin service. */
  readonly access: Access;
  readonly webhooks: Webhooks;
  /** Goes on with moves, begins to probe. */
  start(): Promise<void>;
  /** Lets running batches end and stops probing. */
  close(): Promise<void>;
}
