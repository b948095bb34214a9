/**
 * The agent's real connections: one to the server that it checks in at, kept open until it checks in elsewhere or the
 * connection fails; one to a hub for as long as the question takes.
 */
import { type Client, Code, ConnectError, createClient, type Transport } from '@connectrpc/connect';
import type { VigoError } from '../fleet/errors.ts';
import { AgentService } from '../gen/vigo/v1/agent_pb.js';
import { HubService } from '../gen/vigo/v1/hub_pb.js';
import { toVigoError } from '../rpc/errors.ts';
import { createPeerTransport } from '../rpc/peer-transport.ts';
import { type AgentLink, ServerBusyError } from './agent-link.ts';
import { type AgentEndpoint, nameOf, sameEndpoint } from './endpoint.ts';
import type { AgentIdentity } from './state.ts';

export interface LinkOptions {
  readonly identity: AgentIdentity;
  /** Of each call, milliseconds. */
  readonly timeoutMs: number;
}

// A bundle has 16 MiB at most, other answers a few hundred bytes; this bounds what a server gone mad can send.
const MAX_MESSAGE_BYTES = 16 * 1024 * 1024;
/** A large file over a slow line. */
const FETCH_TIMEOUT_MS = 10 * 60_000;

interface Connection {
  readonly endpoint: AgentEndpoint;
  readonly transport: Transport;
  /** Calls that are under way. */
  calls: number;
  /** Another takes its place: it ends with its last call. */
  outdated: boolean;
  close(): void;
}

export function createLink(options: LinkOptions): AgentLink {
  const { timeoutMs } = options;
  let { identity } = options;
  let current: Connection | undefined;

  const open = (endpoint: AgentEndpoint): Connection => {
    const { transport, close } = createPeerTransport({
      endpoint,
      tls: identity,
      defaultTimeoutMs: timeoutMs,
      maxMessageBytes: MAX_MESSAGE_BYTES,
    });
    return { endpoint, transport, calls: 0, outdated: false, close };
  };
  const drop = (): void => {
    current?.close();
    current = undefined;
  };

  /** A call at the server that the agent checks in at, over the connection that is kept for it. */
  const atOwner = async <T>(
    endpoint: AgentEndpoint,
    call: (service: Client<typeof AgentService>) => Promise<T>,
  ): Promise<T> => {
    if (current && !sameEndpoint(current.endpoint, endpoint)) drop();
    current ??= open(endpoint);
    const connection = current;
    connection.calls++;
    try {
      return await call(createClient(AgentService, connection.transport));
    } catch (error) {
      // Half-open connections do not heal by themselves, and the address may mean another machine by now.
      if (!isAnswer(error) && current === connection) drop();
      throw describe(error, endpoint);
    } finally {
      connection.calls--;
      if (connection.outdated && connection.calls === 0) connection.close();
    }
  };

  /** A call of a hub, over a connection of its own. */
  const atHub = async <T>(
    endpoint: AgentEndpoint,
    call: (hub: Client<typeof HubService>) => Promise<T>,
  ): Promise<T> => {
    const connection = open(endpoint);
    try {
      return await call(createClient(HubService, connection.transport));
    } catch (error) {
      throw describe(error, endpoint);
    } finally {
      connection.close();
    }
  };

  return {
    checkIn: (endpoint, request, signal) =>
      atOwner(endpoint, (service) => service.checkIn(request, { signal, timeoutMs })),
    getBundle: (endpoint, request, signal) =>
      atOwner(endpoint, (service) => service.getBundle(request, { signal, timeoutMs })),
    async *fetchFile(endpoint, request, signal) {
      const connection = open(endpoint);
      try {
        const service = createClient(AgentService, connection.transport);
        for await (const { chunk } of service.fetchFile(request, { signal, timeoutMs: FETCH_TIMEOUT_MS })) yield chunk;
      } catch (error) {
        throw describe(error, endpoint);
      } finally {
        connection.close();
      }
    },
    async reportRun(endpoint, request, signal) {
      await atOwner(endpoint, (service) => service.reportRun(request, { signal, timeoutMs }));
    },
    locate: (endpoint, request, signal) => atHub(endpoint, (hub) => hub.locate(request, { signal, timeoutMs })),
    renewCertificate: (endpoint, signal) => atHub(endpoint, (hub) => hub.renewCertificate({}, { signal, timeoutMs })),
    async confirmCertificate(endpoint, trustTag, signal) {
      await atHub(endpoint, (hub) => hub.confirmCertificate({ trustTag }, { signal, timeoutMs }));
    },
    use(next) {
      identity = next;
      const before = current;
      current = undefined;
      if (!before) return;
      if (before.calls === 0) before.close();
      before.outdated = true;
    },
    close: drop,
  };
}

/** Whether the server itself said no, so that the connection is sound. */
function isAnswer(error: unknown): boolean {
  const lost = [Code.Unavailable, Code.DeadlineExceeded, Code.Canceled, Code.Unknown, Code.Internal, Code.Aborted];
  return error instanceof ConnectError && !lost.includes(error.code);
}

function describe(error: unknown, endpoint: AgentEndpoint): VigoError {
  const target = `${nameOf(endpoint)} (${endpoint.address})`;
  const described = toVigoError(error, { target });
  if (described.code === 'MESSAGE_TOO_LARGE' || described.kind !== 'resource_exhausted') return described;
  return new ServerBusyError(described.message, described.retryAfterMs, { cause: error });
}
