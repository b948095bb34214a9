/**
 * Ends HTTP/2 requests whose body does not arrive: a peer that opens streams and sends nothing would hold them for ever.
 * (HTTP/1 has Node's own `requestTimeout`.)
 *
 * Two generations instead of a timer per request: what is still incomplete after one full turn is closed, so a body has
 * between one and two turns.
 */
import { constants, type Http2ServerRequest } from 'node:http2';
import type { Clock, Timer } from '../../platform/clock.ts';

export interface SlowRequestsOptions {
  readonly clock: Clock;
  /** Longest time for a request's body, milliseconds. */
  readonly timeoutMs: number;
  /** Called for each request that was given up. */
  readonly onSlow: () => void;
}

export interface SlowRequests {
  watch(request: Http2ServerRequest): void;
  stop(): void;
}

export function createSlowRequests(options: SlowRequestsOptions): SlowRequests {
  let young = new Set<Http2ServerRequest>();
  let old = new Set<Http2ServerRequest>();
  let timer: Timer | undefined;

  const turn = () => {
    for (const request of old) {
      if (request.complete || request.stream.readableEnded) continue;
      options.onSlow();
      request.stream.close(constants.NGHTTP2_CANCEL);
    }
    old = young;
    young = new Set();
    schedule();
  };
  const schedule = () => {
    timer = options.clock.after(options.timeoutMs / 2, turn);
  };
  schedule();

  return {
    watch(request) {
      young.add(request);
      request.once('close', () => young.delete(request) || old.delete(request));
    },
    stop: () => timer?.cancel(),
  };
}
