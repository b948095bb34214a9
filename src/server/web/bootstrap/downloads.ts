/** Gives the same bytes to many at a time, with little memory for each, however slow they are. */
import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { VigoError } from '../../../fleet/errors.ts';
import { type Clock, deadline } from '../../../platform/clock.ts';
import type { HttpResponse } from '../../platform/http-json.ts';

export interface Downloads {
  /** Those that are going on. */
  readonly running: number;
  /**
   * Answers with `bytes`. Throws OVERLOADED, with when to come back, if there are too many already; resolves once the answer has
   * gone out, or whoever has asked is gone, or was too slow.
   */
  send(response: HttpResponse, headers: Readonly<Record<string, string | number>>, bytes: Buffer): Promise<void>;
}

export interface DownloadsOptions {
  /** At a time. */
  readonly max: number;
  /** For one of them, milliseconds. */
  readonly timeoutMs: number;
  readonly clock: Clock;
}

/** Handed to a connection at once; it takes the next when it has sent this. */
const CHUNK_BYTES = 64 * 1024;
/** With jitter, so that a thousand machines that are set up together do not come back together. */
const RETRY_MS = { least: 2_000, spread: 8_000 };

export function createDownloads({ max, timeoutMs, clock }: DownloadsOptions): Downloads {
  let running = 0;
  return {
    get running() {
      return running;
    },
    async send(response, headers, bytes) {
      if (running >= max) {
        const retryAfterMs = RETRY_MS.least + clock.random() * RETRY_MS.spread;
        throw new VigoError('OVERLOADED', `${max} machines are fetching it just now: try again`, { retryAfterMs });
      }
      running++;
      const limit = deadline(clock, timeoutMs);
      try {
        // The two classes share these methods, but not the type of their overloads.
        const either = response as ServerResponse;
        either.writeHead(200, { ...headers, 'content-length': bytes.length });
        await pipeline(Readable.from(chunksOf(bytes), { objectMode: false }), either, { signal: limit.signal });
      } catch {
        // Gone, or too slow: nobody is there to be told.
        response.destroy();
      } finally {
        limit.cancel();
        running--;
      }
    },
  };
}

function* chunksOf(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) yield bytes.subarray(at, at + CHUNK_BYTES);
}
