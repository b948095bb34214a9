/** A connection to a server's AdminService. Loaded only by commands that ask a server: it is most of their start-up. */
import { type Client, createClient, type Transport } from '@connectrpc/connect';
import { VigoError } from '../fleet/errors.ts';
import { AdminService } from '../gen/vigo/v1/admin_pb.js';
import { createApiTransport } from '../rpc/api-transport.ts';
import { toVigoError } from '../rpc/errors.ts';
import type { LocalServer } from './data-dir.ts';

export type AdminClient = Client<typeof AdminService>;

/** Makes the call with exactly this signal. */
export type StreamCall<M> = (admin: AdminClient, signal: AbortSignal) => AsyncIterable<M>;

export interface Hub {
  /** `https://host:port`; for messages. */
  readonly url: string;
  /** Calls, and turns what fails into a `VigoError`. */
  call<R>(call: (admin: AdminClient) => Promise<R>): Promise<R>;
  /** The same for calls that answer many messages; `signal` ends it. May be left early. */
  stream<M>(call: StreamCall<M>, signal?: AbortSignal): AsyncGenerator<M, void, undefined>;
  close(): void;
}

export interface ConnectHubOptions {
  readonly server: LocalServer;
  /** Deadline of every call that does not set its own, milliseconds. */
  readonly timeoutMs: number;
}

export function connectHub({ server, timeoutMs }: ConnectHubOptions): Hub {
  const { transport, close } = createApiTransport({
    url: server.url,
    token: server.token,
    timeoutMs,
    ...(server.caPem === undefined ? {} : { caPem: server.caPem }),
  });
  return createHub(transport, server.url, close);
}

/** Over any transport; tests pass one to a service in the same process. */
export function createHub(transport: Transport, url: string, close: () => void): Hub {
  const admin = createClient(AdminService, transport);
  const mapped = (error: unknown) =>
    error instanceof VigoError ? error : toVigoError(error, { target: `the server at ${url}` });
  return {
    url,
    async call(call) {
      try {
        return await call(admin);
      } catch (error) {
        throw mapped(error);
      }
    },
    async *stream(call, signal) {
      const leave = new AbortController();
      const either = signal ? AbortSignal.any([leave.signal, signal]) : leave.signal;
      const messages = call(admin, either)[Symbol.asyncIterator]();
      let ended = false;
      try {
        for (let next = await messages.next(); !next.done; next = await messages.next()) yield next.value;
        ended = true;
      } catch (error) {
        ended = true;
        throw mapped(error);
      } finally {
        // A stream that is left early keeps its deadline's timer, and with it the process: only a read after an abort
        // ends it.
        if (!ended) {
          leave.abort();
          void messages.next().catch(() => {});
        }
      }
    },
    close,
  };
}
