/**
 * An encrypted listener for RPCs: mTLS and HTTP/2 only for our own parts, or TLS with HTTP/1.1 beside it for CLIs and
 * browsers. Connect, gRPC and gRPC-Web are all answered.
 *
 * Everything that a peer can do wrong costs its own connection only: see the limits below.
 */
import type { X509Certificate } from 'node:crypto';
import { createSecureServer, type Http2SecureServer, type ServerHttp2Session } from 'node:http2';
import type { TLSSocket } from 'node:tls';
import { Code, ConnectError, type ConnectRouter, type ContextValues, type Interceptor } from '@connectrpc/connect';
import { messageOf } from '../../fleet/errors.ts';
import { certificatesOf, isIssuedByOneOf } from '../../pki/trust-bundle.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Logger } from '../../platform/logger.ts';
import { type BoundAddress, bind } from './bind.ts';
import { trackConnections } from './connections.ts';
import { createErrorInterceptor } from './error-interceptor.ts';
import { guardsOf } from './for-service.ts';
import { type HttpHandler, notFound } from './http-json.ts';
import { guarded } from './instant-calls.ts';
import { type ListenerTls, secureContextOptions } from './listener-tls.ts';
import type { RpcMetrics } from './metrics/rpc-metrics.ts';
import type { RequestSource } from './peer.ts';
import { createRpcHandler } from './rpc-handler.ts';
import type { RunningCalls } from './running-calls.ts';
import { createSessionKeepalive } from './session-keepalive.ts';
import { createSlowRequests } from './slow-requests.ts';
import type { Tracing } from './tracing/tracing.ts';
import { createUnaryFastPath, type UnaryFastPath } from './unary-fast-path.ts';

export interface ListenerOptions {
  /** Where: ":1530", "127.0.0.1:0", "[::1]:0". */
  readonly listen: string;
  readonly tls: ListenerTls;
  /** mTLS: only HTTP/2, only certificates from the fleet's CA. */
  readonly requireClientCert: boolean;
  /** Mounts the services. A service may have its own `readMaxBytes`. */
  readonly routes: (router: ConnectRouter) => void;
  /** Around every call, first one outermost; inside the error interceptor, which is always there. */
  readonly interceptors?: readonly Interceptor[];
  /** Answers every path that is not an RPC; default: 404. */
  readonly http?: HttpHandler;
  /** What handlers can read from their context, such as the peer (`createPeerContextValues`); called once per request. */
  readonly contextValues?: (request: RequestSource) => ContextValues;
  /** Largest message, bytes; default 1 MiB: a check-in with all traits has some 10 KiB. */
  readonly readMaxBytes?: number;
  /** Calls that one session may have open at a time; default 100, as RFC 9113 recommends at least. */
  readonly maxConcurrentStreams?: number;
  /** Time between two pings of a session, milliseconds; default 60,000. */
  readonly keepaliveMs?: number;
  /** Time to answer a ping, milliseconds; default 20,000. */
  readonly keepaliveTimeoutMs?: number;
  /** Time for a TLS handshake and for HTTP/1 headers, milliseconds; default 10,000. */
  readonly handshakeTimeoutMs?: number;
  /** Time for a request to arrive in full, milliseconds; default 60,000. */
  readonly requestTimeoutMs?: number;
  /** Where the time is noted that calls take; default nowhere. */
  readonly metrics?: Pick<RpcMetrics, 'interceptor' | 'timer'> | undefined;
  /** Makes a span of each call, but for instant ones that belong to no trace; default none. */
  readonly tracing?: Pick<Tracing, 'server'> | undefined;
  /** Counts what is worked on; calls that memory answers at once are over at once. */
  readonly calls?: RunningCalls | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface Listener {
  readonly address: BoundAddress;
  /** Open TCP connections. */
  connections(): number;
  /** Open HTTP/2 sessions. */
  sessions(): number;
  /** New handshakes use these; open connections stay as they are, but for those of peers whose CA is trusted no more. */
  reloadTls(tls: ListenerTls): void;
  /**
   * Accepts nothing more, says goodbye to every session and lets running calls finish. After `graceMs` what still runs is
   * aborted with Unavailable and every connection is ended. Never rejects; may be called again.
   */
  close(graceMs: number): Promise<void>;
}

// Aborted handlers get so long to send their last word; on one machine it takes a few milliseconds.
const LAST_WORD_MS = 250;

/** Starts listening. Throws `LISTEN_FAILED`. */
export async function createListener(options: ListenerOptions): Promise<Listener> {
  const { clock, logger } = options;
  const shutdown = new AbortController();
  const server = createServer(options);
  const connections = trackConnections(server);
  const closing = watchServer(server, options, shutdown.signal);
  const address = await bind(server, options.listen);
  server.on('error', (error) => logger.error({ listen: address.text, error: messageOf(error) }, 'listener failed'));

  const close = async (graceMs: number) => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    closing.begin();
    if (!(await connections.drained(clock, graceMs))) {
      shutdown.abort(new ConnectError('the server is stopping', Code.Unavailable));
      await connections.drained(clock, LAST_WORD_MS);
    }
    connections.destroyAll();
    await closed;
  };
  let closed: Promise<void> | undefined;
  let trusted = certificatesOf(options.tls.caPem);
  return {
    address,
    connections: connections.connections,
    sessions: connections.sessions,
    reloadTls(tls) {
      server.setSecureContext(secureContextOptions(tls, options.requireClientCert));
      const before = trusted;
      trusted = certificatesOf(tls.caPem);
      const isDropped = (ca: X509Certificate) => !trusted.some((each) => each.fingerprint256 === ca.fingerprint256);
      // Mostly it is a certificate of the server that is new: then nobody's session is looked at.
      if (options.requireClientCert && before.some(isDropped))
        connections.endSessions((socket) => !comesFrom(trusted, socket));
    },
    close: (graceMs) => (closed ??= close(graceMs)),
  };
}

/** Whether the peer's certificate was signed by one of these CAs. */
function comesFrom(cas: readonly X509Certificate[], socket: TLSSocket): boolean {
  const certificate = socket.getPeerX509Certificate();
  return certificate !== undefined && isIssuedByOneOf(certificate, cas);
}

function createServer(options: ListenerOptions): Http2SecureServer {
  const mutual = options.requireClientCert;
  const requestTimeout = options.requestTimeoutMs ?? 60_000;
  const headersTimeout = Math.min(options.handshakeTimeoutMs ?? 10_000, requestTimeout);
  const http1Options = {
    headersTimeout,
    requestTimeout,
    keepAliveTimeout: 5_000,
    connectionsCheckingInterval: Math.min(5_000, headersTimeout),
    maxHeaderSize: 16_384,
  };
  return createSecureServer({
    ...secureContextOptions(options.tls, mutual),
    requestCert: mutual,
    rejectUnauthorized: mutual,
    allowHTTP1: !mutual,
    handshakeTimeout: options.handshakeTimeoutMs ?? 10_000,
    settings: { maxConcurrentStreams: options.maxConcurrentStreams ?? 100, maxHeaderListSize: 16_384 },
    // Megabytes that one session may make the server hold, answers on their way included; above, new calls are refused.
    // Room for an answer of 16 MiB, the most that our own parts read, and the next call beside it.
    maxSessionMemory: 32,
    // gRPC clients send about ten headers, browsers about thirty.
    maxHeaderListPairs: 64,
    http1Options,
  });
}

/** Attaches all that happens on the server's events; `begin` tells it that the server is closing. */
function watchServer(server: Http2SecureServer, options: ListenerOptions, shutdownSignal: AbortSignal) {
  const { clock, logger } = options;
  let closing = false;
  const keepalive = createSessionKeepalive({
    clock,
    intervalMs: options.keepaliveMs ?? 60_000,
    timeoutMs: options.keepaliveTimeoutMs ?? 20_000,
    onDead: () => logger.debug({}, 'session dropped: no answer to a ping'),
  });
  const slow = createSlowRequests({
    clock,
    timeoutMs: options.requestTimeoutMs ?? 60_000,
    onSlow: () => logger.debug({}, 'request dropped: its body did not arrive in time'),
  });
  const { interceptors = [], readMaxBytes = 1024 * 1024, metrics, tracing, calls } = options;
  const { answer, instantCalls } = createRpcHandler({
    routes: options.routes,
    router: {
      acceptCompression: [],
      readMaxBytes,
      interceptors: [
        ...(calls ? [calls.interceptor] : []),
        ...(tracing ? [tracing.server] : []),
        ...(metrics ? [metrics.interceptor] : []),
        createErrorInterceptor({ logger }),
        ...interceptors,
      ],
      shutdownSignal,
    },
    fallback: options.http ?? notFound,
    contextValues: options.contextValues,
    slow,
    logger,
  });

  server.on('session', (session: ServerHttp2Session) => {
    keepalive.add(session);
    session.once('close', () => keepalive.remove(session));
    // A session that was accepted while the server closed has missed the goodbye.
    if (closing) session.close();
  });
  server.on('request', (request, response) => {
    // HTTP/1 has no goodbye: the connection ends with its answer.
    if (request.httpVersionMajor !== 2) response.once('finish', () => closing && request.socket.end());
    answer(request, response);
  });
  const fastPath = createUnaryFastPath({
    calls: instantCalls.flatMap((call) => guarded(call, guardsOf(call.method.parent, interceptors)) ?? []),
    readMaxBytes,
    contextValues: options.contextValues,
    metrics,
    logger,
  });
  interceptStreams(server, (stream, headers) => {
    slow.watch(stream);
    // A trace is carried on by the router alone; agents that check in begin none.
    if (tracing && headers.traceparent !== undefined) return false;
    return fastPath(stream, headers);
  });
  server.on('unknownProtocol', (socket) => socket.destroy());
  server.on('sessionError', (error) => logger.debug({ error: messageOf(error) }, 'session failed'));
  server.on('tlsClientError', (error) => logger.debug({ error: messageOf(error) }, 'handshake failed'));
  server.on('clientError', (_error, socket) => socket.destroy());
  return {
    begin() {
      closing = true;
      keepalive.stop();
      slow.stop();
    },
  };
}

/** Streams that `answer` takes are not made into requests, which is what the server's own listeners do. */
function interceptStreams(server: Http2SecureServer, answer: UnaryFastPath): void {
  const listeners = server.listeners('stream');
  server.removeAllListeners('stream');
  server.on('stream', (stream, headers, ...rest) => {
    if (answer(stream, headers)) return;
    for (const listener of listeners) listener.call(server, stream, headers, ...rest);
  });
}
