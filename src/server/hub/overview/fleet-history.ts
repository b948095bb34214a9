/**
 * How the fleet has been: noted once a minute, kept for a week, read as a line of points.
 *
 * What is noted is what the hub knows then; a spoke that does not answer is noted as it was last.
 */
import { type Compliance, ENVOY_STATUSES, emptyCompliance } from '../../../fleet/envoy-status.ts';
import { messageOf } from '../../../fleet/errors.ts';
import type { Clock, Timer } from '../../../platform/clock.ts';
import type { Logger } from '../../../platform/logger.ts';
import type { FleetHistoryRepository, FleetHistoryRow } from '../../store/fleet-history-repository.ts';

export interface SpokeCondition {
  readonly id: string;
  readonly compliance: Compliance;
  /** Of the last probe, if it was good; else 0. */
  readonly latencyMs: number;
}

export interface FleetPoint {
  /** Milliseconds since 1970 UTC. */
  readonly at: number;
  readonly compliance: Compliance;
  /** 0 for the whole fleet. */
  readonly latencyMs: number;
}

export interface FleetHistory {
  /** Begins to note. */
  start(): void;
  /** About `points` points of the last `seconds`, of one spoke or of all, oldest first; the last is now. */
  read(wish: { spoke?: string | undefined; seconds: number; points: number }): Promise<FleetPoint[]>;
  close(): void;
}

export interface FleetHistoryOptions {
  readonly repository: FleetHistoryRepository;
  /** How the spokes are now. */
  readonly now: () => readonly SpokeCondition[];
  readonly clock: Clock;
  readonly logger: Logger;
}

const MINUTE_MS = 60_000;
export const KEPT_SECONDS = 7 * 24 * 60 * 60;
const FORGET_EVERY_MINUTES = 60;
/** After a start: when the first round of probes has been answered. */
const FIRST_AFTER_MS = 10_000;

export function createFleetHistory(options: FleetHistoryOptions): FleetHistory {
  const { repository, clock, logger } = options;
  let timer: Timer | undefined;
  const minuteNow = () => Math.floor(clock.now() / MINUTE_MS);

  const note = async (): Promise<void> => {
    const minute = minuteNow();
    try {
      await repository.save(options.now().map((spoke) => rowOf(minute, spoke)));
      if (minute % FORGET_EVERY_MINUTES === 0) await repository.forget(minute - KEPT_SECONDS / 60);
    } catch (error) {
      logger.warn({ error: messageOf(error) }, 'how the fleet is was not noted');
    }
  };
  const schedule = (ms: number): void => {
    timer = clock.after(ms, () => {
      schedule(MINUTE_MS);
      void note();
    });
  };

  return {
    start: () => schedule(FIRST_AFTER_MS),
    async read({ spoke, seconds, points }) {
      const minute = minuteNow();
      const since = minute - Math.ceil(seconds / 60);
      // A young fleet is shown from its beginning, as closely as its few minutes allow.
      const first = await repository.first({ since, spoke });
      const rows = first === undefined ? [] : await repository.read({ since, spoke }, stepOf(minute - first, points));
      const current = options.now().filter(({ id }) => spoke === undefined || id === spoke);
      const present = current.map((condition) => rowOf(minute, condition));
      return pointsOf([...rows.filter((row) => row.minute < minute), ...present], spoke !== undefined);
    },
    close: () => timer?.cancel(),
  };
}

/** Minutes between two points. */
export const stepOf = (minutes: number, points: number): number => Math.max(1, Math.ceil(minutes / points));

const rowOf = (minute: number, { id, compliance, latencyMs }: SpokeCondition): FleetHistoryRow => ({
  minute,
  spoke_id: id,
  ...compliance,
  latency_ms: latencyMs,
});

/** Rows of a minute together are a point. `rows` in the order of time. */
function pointsOf(rows: readonly FleetHistoryRow[], ofSpoke: boolean): FleetPoint[] {
  const minutes = new Map<number, FleetPoint>();
  for (const row of rows) {
    const point = minutes.get(row.minute) ?? {
      at: row.minute * MINUTE_MS,
      compliance: emptyCompliance(),
      latencyMs: ofSpoke ? row.latency_ms : 0,
    };
    for (const status of ENVOY_STATUSES) point.compliance[status] += row[status];
    minutes.set(row.minute, point);
  }
  return [...minutes.values()];
}
