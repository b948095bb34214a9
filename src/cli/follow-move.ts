/** Follows a move until it ends, also when the connection breaks in between: the move goes on without us. */
import { backoff } from '../fleet/checkin-schedule.ts';
import { VigoError } from '../fleet/errors.ts';
import { type Move, MoveState } from '../gen/vigo/v1/admin_pb.js';
import { type Clock, sleep } from '../platform/clock.ts';
import type { Hub } from './hub-client.ts';

export interface FollowMoveOptions {
  readonly hub: Hub;
  /** As it was when it began. */
  readonly move: Move;
  readonly clock: Clock;
  /** Aborts: stop following. */
  readonly signal: AbortSignal;
  /** Called with every news of it. */
  readonly onMove: (move: Move) => void;
}

export interface FollowedMove {
  readonly move: Move;
  /** It still goes on: the signal aborted. */
  readonly detached: boolean;
}

// A watch is renewed this often, so that one that hangs is not waited for without end.
const WATCH_TIMEOUT_MS = 120_000;
const RECONNECT = { baseMs: 500, capMs: 5_000 };
// With these delays a hub has about 40 s to come back.
const MAX_FAILURES = 20;

/** Throws what is not the connection's fault, and the last failure when the server stays away. */
export async function followMove(options: FollowMoveOptions): Promise<FollowedMove> {
  const { clock, signal, onMove } = options;
  let move = options.move;
  let failures = 0;
  onMove(move);
  while (move.state === MoveState.RUNNING && !signal.aborted) {
    try {
      for await (const news of watch(options)) {
        failures = 0;
        move = news;
        onMove(move);
        if (move.state !== MoveState.RUNNING) return { move, detached: false };
      }
      throw new VigoError('UNREACHABLE', `the server at ${options.hub.url} ended the watch`);
    } catch (error) {
      if (signal.aborted) break;
      failures++;
      if (!isWeather(error)) throw error;
      if (failures >= MAX_FAILURES) throw lost(move, error);
    }
    await sleep(clock, backoff(RECONNECT, failures, clock.random()), signal);
  }
  return { move, detached: move.state === MoveState.RUNNING };
}

async function* watch({ hub, move, signal }: FollowMoveOptions): AsyncGenerator<Move, void, undefined> {
  const news = hub.stream(
    (admin, either) => admin.watchMove({ id: move.id }, { signal: either, timeoutMs: WATCH_TIMEOUT_MS }),
    signal,
  );
  for await (const { move: latest } of news) {
    if (latest) yield latest;
  }
}

/** The server, or the way to it, may be back in a moment. */
function isWeather(error: unknown): error is VigoError {
  return error instanceof VigoError && ['unavailable', 'deadline_exceeded', 'resource_exhausted'].includes(error.kind);
}

function lost(move: Move, cause: VigoError): VigoError {
  return new VigoError(
    cause.code,
    `lost the server while it moved envoys (${cause.message}). The move is in its journal and goes on: ` +
      `vigocli spanner move ${move.id} --watch`,
    { cause },
  );
}
