/** A run as a spoke tells of it, not yet believed: a broken or hostile spoke must not get in what nothing else can hold. */
import type { MessageInitShape } from '@bufbuild/protobuf';
import { type Timestamp, timestampFromMs, timestampMs } from '@bufbuild/protobuf/wkt';
import { plausibleTime } from '../../../fleet/plausible-time.ts';
import { isUuid, MAX_RUN_RESULTS, MAX_RUN_TEXT_BYTES } from '../../../fleet/run-bounds.ts';
import type { RunKey } from '../../../fleet/run-order.ts';
import type { ResourceResult, Run, RunSchema } from '../../../gen/vigo/v1/types_pb.js';

/** Names and versions: what spokes accept from agents is shorter. */
const MAX_NAME_BYTES = 1024;

export interface BelievedRun extends RunKey {
  readonly message: MessageInitShape<typeof RunSchema>;
}

export interface BeliefContext {
  /** Who tells of it; whatever it says itself. */
  readonly spoke: string;
  /** Undefined for an envoy that the directory does not know any more. */
  readonly hostnameOf: (envoyId: string) => string | undefined;
  /** Milliseconds since 1970 UTC. */
  readonly now: number;
}

/** Without its results. Throws if it is none. */
export function believedRun(run: Run, { spoke, hostnameOf, now }: BeliefContext): BelievedRun {
  const startedAt = timeOf(run.startedAt, now);
  const receivedAt = timeOf(run.receivedAt, now);
  const { ok, changed, failed, skipped } = run;
  if (!isUuid(run.id) || startedAt === 0) throw new Error('it sent a run without an id or a time');
  if (ok + changed + failed + skipped > MAX_RUN_RESULTS) throw new Error('it sent a run with too many resources');
  bounded(run.error, MAX_RUN_TEXT_BYTES);
  for (const name of [run.envoyId, run.configVersion]) bounded(name, MAX_NAME_BYTES);
  return {
    id: run.id,
    startedAt,
    message: {
      id: run.id,
      envoyId: run.envoyId,
      hostname: hostnameOf(run.envoyId) ?? '',
      spoke,
      startedAt: timestampFromMs(startedAt),
      receivedAt: receivedAt > 0 ? timestampFromMs(receivedAt) : undefined,
      durationMs: run.durationMs,
      configVersion: run.configVersion,
      ok,
      changed,
      failed,
      skipped,
      error: run.error,
    },
  };
}

/** Throws if there are too many, or one of them is too large. */
export function believedResults(results: readonly ResourceResult[]): ResourceResult[] {
  if (results.length > MAX_RUN_RESULTS) throw new Error('it sent a run with too many results');
  for (const { resource, type, message } of results) {
    bounded(message, MAX_RUN_TEXT_BYTES);
    for (const name of [resource, type]) bounded(name, MAX_NAME_BYTES);
  }
  return [...results];
}

const timeOf = (time: Timestamp | undefined, now: number): number => (time ? plausibleTime(timestampMs(time), now) : 0);

function bounded(text: string, maxBytes: number): void {
  if (text.length > maxBytes || Buffer.byteLength(text) > maxBytes)
    throw new Error('it sent a run with a text that is too long');
}
