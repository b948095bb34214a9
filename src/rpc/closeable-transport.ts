/**
 * A Connect transport over one HTTP/2 connection that can be ended, that notices a dead peer, and whose every connect and
 * call has an end.
 */
import type { ClientHttp2Stream, Http2Session } from 'node:http2';
import { isIP } from 'node:net';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import { Code, ConnectError, type Interceptor, type Transport } from '@connectrpc/connect';
import { createConnectTransport, Http2SessionManager } from '@connectrpc/connect-node';
import type { Clock } from '../platform/clock.ts';
import type { HostPort } from './host-port.ts';

/** A transport that holds a connection. */
export interface PeerTransport {
  readonly transport: Transport;
  /** Ends the connection and every call on it; later calls fail with Canceled. May be called again. */
  close(): void;
}

export interface CloseableTransportOptions {
  readonly baseUrl: string;
  readonly target: HostPort;
  /** Asked for at every connect. */
  readonly tls: () => ConnectionOptions;
  /** Longest time for TCP and TLS together, milliseconds. */
  readonly connectTimeoutMs: number;
  /** Deadline of a call that names none, milliseconds. */
  readonly defaultTimeoutMs: number;
  /** Largest message that is read or written, bytes; well below SESSION_MEMORY_MB. */
  readonly maxMessageBytes: number;
  /** A connection without calls ends after this time, milliseconds; default 15 minutes. */
  readonly idleTimeoutMs?: number;
  readonly interceptors?: Interceptor[];
  readonly clock: Clock;
}

// A peer that died without a word is noticed after at most 25 s while a call is open, and before the first call after
// 20 s of silence; servers allow pings this often.
const PING_INTERVAL_MS = 20_000;
const PING_TIMEOUT_MS = 5_000;
const IDLE_TIMEOUT_MS = 15 * 60_000;

// Node's default of 10 MB counts what waits to be sent: above it, the answer to a large request would be refused.
const SESSION_MEMORY_MB = 128;

// What a server may send before it is told that it was read. With HTTP/2's default of 64 KiB a long list stands still after
// every table until both sides have had their turn; this is as much as a spoke's rows need while the hub waits for others.
const WINDOW_BYTES = 256 * 1024;

/** Connects with the first call. */
export function createCloseableTransport(options: CloseableTransportOptions): PeerTransport {
  let closed = false;
  const manager = new Http2SessionManager(
    options.baseUrl,
    {
      pingIntervalMs: PING_INTERVAL_MS,
      pingTimeoutMs: PING_TIMEOUT_MS,
      idleConnectionTimeoutMs: options.idleTimeoutMs ?? IDLE_TIMEOUT_MS,
    },
    {
      createConnection: () => dial(options),
      maxSessionMemory: SESSION_MEMORY_MB,
      settings: { initialWindowSize: WINDOW_BYTES },
    },
  );
  const transport = createConnectTransport({
    httpVersion: '2',
    baseUrl: options.baseUrl,
    useBinaryFormat: true,
    defaultTimeoutMs: options.defaultTimeoutMs,
    readMaxBytes: options.maxMessageBytes,
    writeMaxBytes: options.maxMessageBytes,
    // Inside one data centre the bytes cost less than the CPU time that saves them.
    acceptCompression: [],
    interceptors: options.interceptors ?? [],
    sessionManager: {
      authority: manager.authority,
      async request(...call) {
        if (closed) throw new ConnectError('the connection was closed', Code.Canceled);
        const stream = await manager.request(...call);
        prepare(stream.session);
        return releaseAfterAnswer(stream);
      },
      notifyResponseByteRead: (stream) => manager.notifyResponseByteRead(stream),
    },
  });
  return {
    transport,
    close() {
      if (closed) return;
      closed = true;
      manager.abort(new ConnectError('the connection was closed', Code.Canceled));
    },
  };
}

const swallow = (): void => {};

/**
 * The session manager takes its listeners off a session that it gives up. A session that has heard its server's goodbye
 * and waits for the socket to close reports that as an error later: with nobody listening, that would end the process.
 */
function prepare(session: Http2Session | undefined): void {
  if (!session || session.listeners('error').includes(swallow)) return;
  session.on('error', swallow);
  // The setting is for each stream; this is for all of them together.
  session.setLocalWindowSize(WINDOW_BYTES);
}

/**
 * A server may answer in the middle of an upload (too large, refused). The rest is then never sent, and Node would keep
 * the stream, and with it the connection and the process.
 */
function releaseAfterAnswer(stream: ClientHttp2Stream): ClientHttp2Stream {
  return stream.once('end', () => {
    if (!stream.writableFinished) setImmediate(() => stream.destroy());
  });
}

/** A socket that is secure, or destroyed, within the time it has: Node itself would wait for a black hole for minutes. */
function dial({ target, tls, connectTimeoutMs, clock }: CloseableTransportOptions): TLSSocket {
  const socket = connect({
    ...tls(),
    host: target.host,
    port: target.port,
    servername: isIP(target.host) ? undefined : target.host,
    ALPNProtocols: ['h2'],
  });
  const timer = clock.after(connectTimeoutMs, () => {
    const error = new Error(`no connection within ${connectTimeoutMs} ms`);
    socket.destroy(Object.assign(error, { code: 'ETIMEDOUT' }));
  });
  socket.once('secureConnect', timer.cancel);
  socket.once('close', timer.cancel);
  return socket;
}
