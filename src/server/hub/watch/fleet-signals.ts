/** "Something about the spokes has changed": from whoever changes it to whoever watches the fleet. */
export const FLEET_TOPICS = ['spokes', 'moves', 'envoys', 'config', 'audit', 'access'] as const;
export type FleetTopic = (typeof FLEET_TOPICS)[number];

/** What has changed since it was last taken. */
export interface FleetWatch {
  /** Empties it. */
  take(): FleetTopic[];
  readonly pending: boolean;
  /** Called when something changes, until the next call; a call replaces the one before. */
  onChange(wake: (() => void) | undefined): void;
  close(): void;
}

export interface FleetSignals {
  changed(...topics: FleetTopic[]): void;
  watch(): FleetWatch;
  /** Those who watch. */
  readonly watchers: number;
}

export function createFleetSignals(): FleetSignals {
  const watchers = new Set<(topics: readonly FleetTopic[]) => void>();
  return {
    changed(...topics) {
      for (const tell of watchers) tell(topics);
    },
    watch() {
      const changed = new Set<FleetTopic>();
      let wake: (() => void) | undefined;
      const tell = (topics: readonly FleetTopic[]): void => {
        for (const topic of topics) changed.add(topic);
        wake?.();
      };
      watchers.add(tell);
      return {
        take() {
          const topics = [...changed];
          changed.clear();
          return topics;
        },
        get pending() {
          return changed.size > 0;
        },
        onChange: (next) => {
          wake = next;
        },
        close: () => void watchers.delete(tell),
      };
    },
    get watchers() {
      return watchers.size;
    },
  };
}
