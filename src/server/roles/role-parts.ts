/** What a role gives to the composition root, and what it gets from it. */
import type { ConnectRouter, Interceptor } from '@connectrpc/connect';
import type { Registry } from 'prom-client';
import type { Clock } from '../../platform/clock.ts';
import type { Logger } from '../../platform/logger.ts';
import type { ServerConfig } from '../config/server-config.ts';
import type { FaultInjection } from '../platform/fault-injection.ts';
import type { HttpLayer } from '../platform/http-json.ts';
import type { ListenerTls } from '../platform/listener-tls.ts';
import type { Tracing } from '../platform/tracing/tracing.ts';
import type { Database } from '../store/database.ts';

/** What every role is made with. */
export interface RoleContext {
  readonly config: ServerConfig;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly version: string;
  /** The folder of package.json. */
  readonly programRoot: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** What is to go wrong, for tests of the whole program; nothing otherwise. */
  readonly faults: FaultInjection;
  /** Called when the server ends, or has not started: after the role's own `close`, before the database is closed. */
  readonly onClose: (step: () => Promise<void>) => void;
  /** Opened when license and identity are in order. */
  readonly openDatabase: () => Promise<Database>;
  /** What the role measures, for /metrics. */
  readonly metrics: Registry;
  /** Absent if calls are not traced. */
  readonly tracing: Tracing | undefined;
  /** Aborts when the server begins to stop. */
  readonly stopping: AbortSignal;
  /** Ports of the listeners; known when they are bound, before the first request. */
  readonly ports: () => { readonly grpc: number; readonly api: number };
}

/** What a role serves: which services are mounted on which listener. */
export interface RoleParts {
  readonly peerTls: ListenerTls;
  readonly peerRoutes: (router: ConnectRouter) => void;
  readonly peerInterceptors: readonly Interceptor[];
  /** Full names of the services on the mTLS listener. */
  readonly peerServices: readonly string[];
  /** Absent on a spoke. */
  readonly api?: {
    readonly tls: ListenerTls;
    readonly routes: (router: ConnectRouter) => void;
    readonly interceptors: readonly Interceptor[];
    /** Answer what is no RPC, in this order; what none of them takes is not found. */
    readonly http: readonly HttpLayer[];
  };
  /** After the listeners are bound. */
  start(): Promise<void>;
  /** New license, secrets and certificates from disk, where they changed. Throws what keeps it from that. */
  reload(): Promise<void>;
  /** Calls `listener` with certificates that have changed: new connections are to use them. Throws what is wrong with them. */
  onTls(listener: (tls: { readonly peerTls: ListenerTls; readonly apiTls?: ListenerTls }) => void): void;
  /** Writes what is only in memory and stops loops; the listeners are closed by then. */
  close(): Promise<void>;
}

/** Largest message on `SpokeService`: 1,000 records with 16 KiB of traits each. */
export const SPOKE_MESSAGE_BYTES = 16 * 1024 * 1024;
