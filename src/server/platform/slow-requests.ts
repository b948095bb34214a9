/**
 * Ends HTTP/2 requests whose body does not arrive: a peer that opens streams and sends nothing would hold them for ever.
 * (HTTP/1 has Node's own `requestTimeout`.)
 *
 * A call whose body is a stream is watched by its handler, which knows how long the whole may take, and here again once it
 * is answered.
 *
 * Two generations instead of a timer per request: what is still incomplete after one full turn is closed, so a body has
 * between one and two turns.
 */
import { constants, type ServerHttp2Stream } from 'node:http2';
import type { Clock, Timer } from '../../platform/clock.ts';

export interface SlowRequestsOptions {
  readonly clock: Clock;
  /** Longest time for a request's body, milliseconds. */
  readonly timeoutMs: number;
  /** Called for each request that was given up. */
  readonly onSlow: () => void;
}

export interface SlowRequests {
  watch(stream: ServerHttp2Stream): void;
  /** Something else sees to its pace, until it is watched again. */
  release(stream: ServerHttp2Stream): void;
  stop(): void;
}

export function createSlowRequests(options: SlowRequestsOptions): SlowRequests {
  let young = new Set<ServerHttp2Stream>();
  let old = new Set<ServerHttp2Stream>();
  let timer: Timer | undefined;

  const turn = () => {
    for (const stream of old) {
      if (stream.readableEnded || stream.destroyed) continue;
      options.onSlow();
      stream.close(constants.NGHTTP2_CANCEL);
    }
    old = young;
    young = new Set();
    schedule();
  };
  const schedule = () => {
    timer = options.clock.after(options.timeoutMs / 2, turn);
  };
  schedule();
  const release = (stream: ServerHttp2Stream): void => {
    young.delete(stream);
    old.delete(stream);
  };

  return {
    watch(stream) {
      young.add(stream);
      stream.once('close', () => release(stream));
    },
    release,
    stop: () => timer?.cancel(),
  };
}
