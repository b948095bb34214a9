/**
 * Calls `HubService.Report` over one connection, kept open from report to report: the hub takes its end as a sign that this
 * spoke is gone. It ends when another address is called, and when it has failed.
 */
import { X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import type { MessageInitShape } from '@bufbuild/protobuf';
import { type Client, Code, ConnectError, createClient, type Interceptor } from '@connectrpc/connect';
import { VigoError } from '../../../fleet/errors.ts';
import { HubService, type ReportRequestSchema } from '../../../gen/vigo/v1/hub_pb.js';
import { formatIdentity, identityOfCertificate } from '../../../pki/identity.ts';
import type { Clock } from '../../../platform/clock.ts';
import { createPeerTransport, type PeerCredentials } from '../../../rpc/peer-transport.ts';
import { attemptTimeout, longestInterval } from './report-pace.ts';

export interface HubCaller {
  /**
   * Reports to the hub at `address`; resolves with the "host:port" of the one that leads if that one does not, else with "".
   * Rejects with what the call failed with, and as soon as `signal` aborts.
   */
  report(address: string, request: MessageInitShape<typeof ReportRequestSchema>, signal: AbortSignal): Promise<string>;
  /**
   * The next report goes over a connection with these; the old one ends only then, so that the hub misses nobody.
   * False if they are those in use. Throws if certificate and key do not fit together, and keeps the old ones.
   */
  renew(tls: PeerCredentials): boolean;
  /** Ends the connection, and the call on it. */
  close(): void;
}

export interface HubCallerOptions {
  /** The spoke's own certificate, which also tells whose hub it is that must answer. */
  readonly tls: PeerCredentials;
  /** Time between two reports, milliseconds: the connection lasts from one to the next. */
  readonly intervalMs: number;
  /** Around every call; default none. */
  readonly interceptors?: readonly Interceptor[];
  readonly clock: Clock;
}

interface Connection {
  readonly address: string;
  readonly client: Client<typeof HubService>;
  /** Reports that it has carried since one was not answered in time; 0 before the first. */
  answers: number;
  close(): void;
}

// An answer holds an address.
const MAX_MESSAGE_BYTES = 64 * 1024;

export function createHubCaller(options: HubCallerOptions): HubCaller {
  let { tls } = options;
  let current: Connection | undefined;
  let outdated: Connection | undefined;

  const drop = (connection: Connection): void => {
    connection.close();
    if (current === connection) current = undefined;
  };
  const connectionTo = (address: string): Connection => {
    if (current && current.address !== address) drop(current);
    current ??= open(address, tls, options);
    return current;
  };

  return {
    async report(address, request, signal) {
      const replaced = outdated;
      outdated = undefined;
      try {
        const connection = connectionTo(address);
        const answer = await call(connection, request, signal).catch((error: unknown) => {
          if (!survives(connection, error, signal)) drop(connection);
          throw error;
        });
        connection.answers++;
        return answer;
      } finally {
        replaced?.close();
      }
    },
    renew(next) {
      if (next.certPem === tls.certPem && next.keyPem === tls.keyPem && next.caPem === tls.caPem) return false;
      createSecureContext({ cert: next.certPem, key: next.keyPem, ca: next.caPem });
      tls = next;
      outdated?.close();
      outdated = current;
      current = undefined;
      return true;
    },
    close() {
      outdated?.close();
      current?.close();
    },
  };
}

function open(
  address: string,
  tls: PeerCredentials,
  { intervalMs, interceptors = [], clock }: HubCallerOptions,
): Connection {
  const { transport, close } = createPeerTransport({
    endpoint: { address, identity: hubIdentity(tls) },
    tls,
    connectTimeoutMs: attemptTimeout(intervalMs),
    // Two reports may be late before it is not worth keeping.
    idleTimeoutMs: 3 * longestInterval(intervalMs),
    maxMessageBytes: MAX_MESSAGE_BYTES,
    interceptors,
    clock,
  });
  return { address, client: createClient(HubService, transport), answers: 0, close };
}

/** The hub of the fleet that has signed our own certificate, whatever name it is dialled by. */
function hubIdentity({ certPem }: PeerCredentials): string {
  const own = identityOfCertificate(new X509Certificate(certPem));
  if (!own) throw new VigoError('INTERNAL', "this spoke's own certificate carries no identity of a fleet");
  return formatIdentity({ kind: 'hub', trustDomain: own.trustDomain });
}

/** Whatever the connection makes of the signal, the caller waits no longer. */
async function call(
  { client }: Connection,
  request: MessageInitShape<typeof ReportRequestSchema>,
  signal: AbortSignal,
): Promise<string> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    const { leaderAddress } = await Promise.race([client.report(request, { signal }), aborted]);
    return leaderAddress;
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/**
 * A refusal shows that the connection is sound. One answer that is late may be due to a hub that stood still, which must not
 * believe then that we are gone; after a second one the connection counts as half-open, and those do not heal.
 */
function survives(connection: Connection, error: unknown, signal: AbortSignal): boolean {
  if (isAnswer(error)) return true;
  const late = signal.aborted && connection.answers > 0;
  connection.answers = 0;
  return late;
}

/** Whether the hub itself said no. */
export function isAnswer(error: unknown): boolean {
  const lost = [Code.Unavailable, Code.DeadlineExceeded, Code.Canceled, Code.Unknown, Code.Internal, Code.Aborted];
  return error instanceof ConnectError && !lost.includes(error.code);
}
