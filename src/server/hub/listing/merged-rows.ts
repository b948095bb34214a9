/** What both ways of making the fleet's list need, and what they give. */
import type { Clock } from '../../../platform/clock.ts';
import type { EnvoyTableRow } from '../../../rpc/envoy-table.ts';
import type { Directory } from '../directory.ts';
import type { SpokeMonitor } from '../health/spoke-monitor.ts';
import type { PartitionLinks } from '../partition-links.ts';
import type { ListWarning } from './envoy-query.ts';

export interface MergeOptions {
  readonly directory: Directory;
  readonly links: PartitionLinks;
  readonly monitor: SpokeMonitor;
  /** Deadline for each answer of a spoke, milliseconds. */
  readonly timeoutMs: number;
  readonly clock: Clock;
}

export interface MergedRows {
  /** Matching rows fleet-wide, wherever the page begins. Exact without a status filter, else as the spokes count. */
  readonly total: number;
  /** Grows while rows are read: a spoke may fail in the middle. */
  readonly warnings: readonly ListWarning[];
  /** The next rows, at most `max`; fewer only at the end. */
  next(max: number): Promise<EnvoyTableRow[]>;
  /** Must be called when no more rows are wanted. */
  close(): void;
}
