/** Whether the page hears of changes, and when the fleet last changed in which part. */
import type { FleetTopic } from '../../../src/gen/vigo/v1/admin_pb.js';
import type { LiveState } from '../lib/fleet-watch.ts';

export interface LiveStore {
  readonly state: () => LiveState;
  /** Milliseconds since 1970 UTC; 0 if nothing has changed since the page was opened. */
  readonly changedAt: (topic: FleetTopic) => number;
  readonly setState: (state: LiveState) => void;
  readonly noteChange: (topics: readonly FleetTopic[], now: number) => void;
  readonly subscribe: (listener: () => void) => () => void;
}

export function createLiveStore(): LiveStore {
  const listeners = new Set<() => void>();
  const changes = new Map<FleetTopic, number>();
  let current: LiveState = 'connecting';
  const tell = () => {
    for (const listener of listeners) listener();
  };
  return {
    state: () => current,
    changedAt: (topic) => changes.get(topic) ?? 0,
    setState: (state) => {
      if (state === current) return;
      current = state;
      tell();
    },
    noteChange: (topics, now) => {
      for (const topic of topics) changes.set(topic, now);
      tell();
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
