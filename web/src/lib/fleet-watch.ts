/**
 * Follows what changes in the fleet, for as long as the page is open.
 *
 * connecting -> live with the first message; live -> reconnecting when the stream ends, fails, or is silent for longer than
 * the hub's signs of life allow; reconnecting -> live again, after pauses that grow. Ends only when it is stopped, or when the
 * caller is signed out: then nobody may know what changes.
 */
import type { FleetTopic } from '../../../src/gen/vigo/v1/admin_pb.js';
import { backoff } from './backoff.ts';

export type LiveState = 'connecting' | 'live' | 'reconnecting';

export interface FleetWatchOptions {
  /** Opens the stream: each item is the topics of one message. */
  readonly open: (signal: AbortSignal) => AsyncIterable<readonly FleetTopic[]>;
  readonly onTopics: (topics: readonly FleetTopic[]) => void;
  readonly onState: (state: LiveState) => void;
  /** Whether it is of no use to try again. */
  readonly isFinal: (error: unknown) => boolean;
  /** Calls back after so many milliseconds, and gives what takes that back. */
  readonly after: (ms: number, run: () => void) => () => void;
  /** From 0 to 1. */
  readonly random: () => number;
}

export interface FleetWatch {
  readonly stop: () => void;
  /** Connects anew, without a pause: the page was away, and nobody knows what it has missed. */
  readonly renew: () => void;
}

// The hub gives a sign of life every 15 s: two may be lost.
const SILENCE_MS = 40_000;
const RECONNECT = { baseMs: 1000, capMs: 30_000 };

export function startFleetWatch(options: FleetWatchOptions): FleetWatch {
  const { open, onTopics, onState, isFinal, after, random } = options;
  const stopped = new AbortController();
  let attempt = new AbortController();
  let endPause = () => {};
  let renewing = false;

  const pause = (ms: number) =>
    new Promise<void>((resolve) => {
      const cancel = after(ms, resolve);
      endPause = () => {
        cancel();
        resolve();
      };
    });

  const attend = async (onMessage: () => void): Promise<void> => {
    attempt = new AbortController();
    const { signal } = attempt;
    const limit = () => after(SILENCE_MS, () => attempt.abort());
    let forget = limit();
    try {
      for await (const topics of open(AbortSignal.any([signal, stopped.signal]))) {
        if (signal.aborted || stopped.signal.aborted) return;
        forget();
        forget = limit();
        onMessage();
        if (topics.length > 0) onTopics(topics);
      }
    } finally {
      forget();
    }
  };

  const run = async (): Promise<void> => {
    let failures = 0;
    onState('connecting');
    while (!stopped.signal.aborted) {
      try {
        await attend(() => {
          failures = 0;
          onState('live');
        });
      } catch (error) {
        if (isFinal(error)) return;
      }
      if (stopped.signal.aborted) return;
      if (renewing) {
        renewing = false;
        continue;
      }
      failures++;
      onState('reconnecting');
      await pause(backoff(RECONNECT, failures, random()));
      renewing = false;
    }
  };

  void run();
  return {
    stop: () => {
      stopped.abort();
      endPause();
    },
    renew: () => {
      renewing = true;
      attempt.abort();
      endPause();
    },
  };
}
