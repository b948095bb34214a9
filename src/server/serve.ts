/**
 * The composition root: a server of any role, from its configuration to its listeners and back.
 *
 * Order of a start: data directory, identity, license, database, services, listeners, loops. Whatever fails, what was
 * opened before is closed again and nothing listens.
 */
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { messageOf, VigoError } from '../fleet/errors.ts';
import { Health } from '../gen/grpc/health/v1/health_pb.js';
import type { Clock } from '../platform/clock.ts';
import { PUBLIC_FILE, replaceFile } from '../platform/durable-files.ts';
import type { Logger } from '../platform/logger.ts';
import { formatHostPort } from '../rpc/host-port.ts';
import type { ServerConfig, ServerRole } from './config/server-config.ts';
import { loadLateCode } from './late-code.ts';
import { createPatience, createUndoStack, type UndoStack } from './platform/ending.ts';
import { openFaultInjection } from './platform/fault-injection.ts';
import { createHealthService } from './platform/health-service.ts';
import { notFound } from './platform/http-json.ts';
import { createHttpMetrics } from './platform/http-metrics.ts';
import { createHttpStatus } from './platform/http-status.ts';
import { createListener, type Listener } from './platform/listener.ts';
import { registerListenerMetrics } from './platform/metrics/listener-metrics.ts';
import { registerProcessMetrics } from './platform/metrics/process-metrics.ts';
import { createRpcMetrics } from './platform/metrics/rpc-metrics.ts';
import { createPeerContextValues } from './platform/peer.ts';
import { createPlainListener } from './platform/plain-listener.ts';
import { remoteContextValues } from './platform/remote-address.ts';
import { createRunningCalls, type RunningCalls } from './platform/running-calls.ts';
import type { Tracing } from './platform/tracing/tracing.ts';
import { tracingIfAsked } from './platform/tracing/tracing-if-asked.ts';
import { openHubRole } from './roles/hub-role.ts';
import type { RoleContext, RoleParts } from './roles/role-parts.ts';
import { openSpokeRole } from './roles/spoke-role.ts';
import { openStandaloneRole } from './roles/standalone-role.ts';
import { lockDataDir } from './store/data-dir.ts';
import { openDatabase } from './store/database.ts';

/** A stop takes five seconds at most: running calls get this much, what is in memory is written after them. */
const CALLS_GRACE_MS = 3_000;
const LOOPS_GRACE_MS = 1_500;

export interface ServeOptions {
  readonly config: ServerConfig;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly version: string;
  /** The folder of package.json: what browsers and new machines are given lies there. */
  readonly programRoot: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface Server {
  readonly role: ServerRole;
  /** "host:port" of each listener; `api` is absent on a spoke. */
  readonly addresses: { readonly grpc: string; readonly api?: string; readonly metrics: string };
  /** License and certificates from disk. Never throws. */
  reload(): Promise<void>;
  /** Ends within five seconds, with the process: what has not ended by then goes on until that is gone. May be called again. */
  close(): Promise<void>;
  /**
   * The same for a process that goes on: nothing of the server runs any more afterwards. Waits for what its calls still do, for a minute
   * at most; rejects with STOPPING then.
   */
  end(): Promise<void>;
}

const ROLES: Record<ServerRole, (context: RoleContext) => Promise<RoleParts>> = {
  standalone: openStandaloneRole,
  hub: openHubRole,
  spoke: openSpokeRole,
};

/** Throws what keeps the server from starting; nothing listens then. */
export async function startServer(options: ServeOptions): Promise<Server> {
  const undo = createUndoStack(options.logger);
  const stopping = new AbortController();
  try {
    return await assemble(options, undo, stopping);
  } catch (error) {
    stopping.abort(new VigoError('STOPPING', 'the server has not started'));
    await undo.unwind();
    throw error;
  }
}

async function assemble(options: ServeOptions, undo: UndoStack, stopping: AbortController): Promise<Server> {
  const { config, clock, logger } = options;
  const { role } = config.spanner;
  for (const warning of config.warnings) logger.warn({ file: config.configFile }, warning);
  const lock = lockDataDir(config.dataDir);
  undo.push(() => lock.release());
  const faults = openFaultInjection({ file: options.env.VIGO_FAULTS });
  if (options.env.VIGO_FAULTS) logger.warn({ file: options.env.VIGO_FAULTS }, 'faults are injected: for tests only');
  const ports = { grpc: 0, api: 0 };
  const metrics = new Registry();
  const calls = createRunningCalls();
  const patience = createPatience(clock);
  const ownProcess = registerProcessMetrics({ registry: metrics, version: options.version, role, clock });
  undo.push(() => ownProcess[Symbol.dispose]());
  const tracing = await tracingIfAsked(options);
  undo.push(() => tracing?.close());
  // A role that has opened closes what it is made of by itself, in the time that it has.
  let opened = false;
  const parts = await ROLES[role]({
    ...options,
    metrics,
    tracing,
    stopping: stopping.signal,
    ports: () => ports,
    faults,
    onClose: (step) => undo.push(() => (opened ? patience.wait(step(), 0) : step())),
    openDatabase: async () => {
      const database = await openDatabase({ url: config.database.url, dataDir: config.dataDir });
      undo.push(() => database.destroy());
      return faults.database(database);
    },
  });
  opened = true;
  undo.push(() => patience.wait(parts.close(), LOOPS_GRACE_MS));

  const listeners = await openListeners(options, parts, { registry: metrics, tracing, calls }, stopping.signal);
  undo.push(async () => {
    await listeners.close();
    await patience.wait(calls.idle(), 0);
  });
  parts.onTls(({ peerTls, apiTls }) => {
    listeners.grpc.reloadTls(peerTls);
    if (apiTls) listeners.api?.reloadTls(apiTls);
  });
  Object.assign(ports, { grpc: listeners.grpc.address.port, api: listeners.api?.address.port ?? 0 });
  if (listeners.api) await announce(config, listeners.api);
  await parts.start();
  const addresses = {
    grpc: listeners.grpc.address.text,
    ...(listeners.api ? { api: listeners.api.address.text } : {}),
    metrics: listeners.metrics.address.text,
  };
  const lateCode = loadLateCode(options);
  undo.push(() => lateCode.cancel());
  listeners.setReady();
  logger.info({ role, ...addresses }, 'ready');
  let closed: Promise<void> | undefined;
  const close = () => {
    stopping.abort(new VigoError('STOPPING', 'the server is stopping'));
    closed ??= undo.unwind();
    return closed;
  };
  return {
    role,
    addresses,
    reload: () => reload(parts, logger),
    close,
    async end() {
      patience.begin();
      await close();
      if (!patience.sufficed) throw new VigoError('STOPPING', 'something of the server has not ended after a minute');
    },
  };
}

interface Watching {
  readonly registry: Registry;
  readonly tracing: Tracing | undefined;
  readonly calls: RunningCalls;
}

async function openListeners(
  options: ServeOptions,
  parts: RoleParts,
  { registry, tracing, calls }: Watching,
  stopping: AbortSignal,
) {
  const { config, clock, logger } = options;
  const { server } = config;
  const rpcMetrics = createRpcMetrics({ registry, clock });
  let ready = false;
  const opened: { close(graceMs: number): Promise<void> }[] = [];
  const close = async () => {
    await Promise.all(opened.map((listener) => listener.close(CALLS_GRACE_MS)));
  };
  const health = createHealthService({
    isServing: (service) =>
      service === '' || parts.peerServices.includes(service) ? ready && !stopping.aborted : undefined,
    onChange: (listener) => {
      stopping.addEventListener('abort', listener);
      return () => stopping.removeEventListener('abort', listener);
    },
    stopping,
  });
  try {
    const grpc = await createListener({
      listen: server.grpcListen,
      tls: parts.peerTls,
      requireClientCert: true,
      contextValues: createPeerContextValues(),
      interceptors: parts.peerInterceptors,
      routes: (router) => {
        router.service(Health, health);
        parts.peerRoutes(router);
      },
      metrics: rpcMetrics,
      tracing,
      calls,
      clock,
      logger,
    });
    opened.push(grpc);
    const { api: apiParts } = parts;
    const api =
      apiParts &&
      (await createListener({
        listen: server.apiListen,
        tls: apiParts.tls,
        requireClientCert: false,
        contextValues: remoteContextValues,
        routes: apiParts.routes,
        interceptors: apiParts.interceptors,
        http: apiParts.http.reduceRight((next, layer) => layer(next), notFound),
        metrics: rpcMetrics,
        tracing,
        calls,
        clock,
        logger,
      }));
    if (api) opened.push(api);
    const notReady = () => (stopping.aborted ? ['the server is stopping'] : ready ? [] : ['the server is starting']);
    const metrics = await createPlainListener({
      listen: server.metricsListen,
      http: createHttpMetrics({ registry, logger, next: createHttpStatus({ notReady }) }),
      clock,
      logger,
    });
    opened.push(metrics);
    registerListenerMetrics({ registry, grpc, api, metrics, calls });
    return {
      grpc,
      api,
      metrics,
      close,
      setReady: () => {
        ready = true;
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Tells the commands of this host where the API is; an address that means "everywhere" is dialled locally. */
async function announce(config: ServerConfig, { address }: Listener): Promise<void> {
  const everywhere = address.host === '::' || address.host === '0.0.0.0' || address.host === '';
  const host = everywhere ? '127.0.0.1' : address.host;
  await replaceFile(
    join(config.dataDir, 'api-address'),
    `https://${formatHostPort({ host, port: address.port })}\n`,
    PUBLIC_FILE,
  );
}

async function reload(parts: RoleParts, logger: Logger): Promise<void> {
  try {
    await parts.reload();
    logger.info({}, 'reloaded');
  } catch (error) {
    logger.error({ error: messageOf(error) }, 'not reloaded, everything stays as it was');
  }
}
