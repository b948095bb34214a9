/** The unencrypted HTTP listener for probes and metrics: local by default, read-only, never an RPC. */
import { createServer } from 'node:http';
import { messageOf } from '../../fleet/errors.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Logger } from '../../platform/logger.ts';
import { type BoundAddress, bind } from './bind.ts';
import { trackConnections } from './connections.ts';
import { type HttpHandler, sendJson } from './http-json.ts';

export interface PlainListenerOptions {
  /** Where: "127.0.0.1:9530". */
  readonly listen: string;
  readonly http: HttpHandler;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface PlainListener {
  readonly address: BoundAddress;
  /** Open TCP connections. */
  connections(): number;
  /** Accepts nothing more, lets answers finish for `graceMs` (default 500), then ends every connection. */
  close(graceMs?: number): Promise<void>;
}

/** Starts listening. Throws `LISTEN_FAILED`. */
export async function createPlainListener(options: PlainListenerOptions): Promise<PlainListener> {
  const { clock, logger } = options;
  // A scrape is one small request; nobody needs longer.
  const server = createServer({ headersTimeout: 5_000, requestTimeout: 10_000, maxHeaderSize: 16_384 });
  server.on('request', (request, response) => {
    // No path here takes a body.
    request.resume();
    try {
      options.http(request, response);
    } catch (error) {
      logger.error({ path: request.url, error: messageOf(error) }, 'request failed');
      sendJson(response, 500, { error: { code: 'INTERNAL', message: 'internal error' } });
    }
  });
  const connections = trackConnections(server);
  const address = await bind(server, options.listen);
  server.on('error', (error) => logger.error({ listen: address.text, error: messageOf(error) }, 'listener failed'));

  const close = async (graceMs: number) => {
    const done = new Promise<void>((resolve) => server.close(() => resolve()));
    await connections.drained(clock, graceMs);
    connections.destroyAll();
    await done;
  };
  let closed: Promise<void> | undefined;
  return { address, connections: connections.connections, close: (graceMs = 500) => (closed ??= close(graceMs)) };
}
