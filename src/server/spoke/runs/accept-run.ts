/** A run as an agent sends it, not yet believed → the row that is stored. */
import { create, toBinary } from '@bufbuild/protobuf';
import { timestampMs } from '@bufbuild/protobuf/wkt';
import { VigoError } from '../../../fleet/errors.ts';
import { isUuid, MAX_RUN_RESULTS, MAX_RUN_TEXT_BYTES, runStartedAt } from '../../../fleet/run-bounds.ts';
import { ResourceOutcome, type ResourceResult, type Run, RunSchema } from '../../../gen/vigo/v1/types_pb.js';
import type { RunRow } from '../../store/run-repository.ts';
import type { EnvoyEntry } from '../envoy-index.ts';

/** A version is a SHA-256 in hex; room for what later versions may call one. */
const MAX_VERSION_BYTES = 128;
/** "configcrate/name": both are names that a person has typed. */
const MAX_NAME_BYTES = 512;

const COUNTED = {
  [ResourceOutcome.OK]: 'ok',
  [ResourceOutcome.CHANGED]: 'changed',
  [ResourceOutcome.FAILED]: 'failed',
  [ResourceOutcome.SKIPPED]: 'skipped',
} as const;

type Counts = Record<(typeof COUNTED)[keyof typeof COUNTED], number>;

export interface AcceptedRun {
  readonly row: RunRow;
  /** The agent's clock is so far off that the time of arrival stands in for the run's own. */
  readonly clockOff: boolean;
}

/** Throws INVALID_ARGUMENT naming the host and what is wrong. */
export function acceptRun(entry: EnvoyEntry, run: Run | undefined, now: number): AcceptedRun {
  const refuse = (why: string): never => {
    throw new VigoError('INVALID_ARGUMENT', `run of ${entry.hostname}: ${why}`);
  };
  if (!run) return refuse('the request carries none');
  if (!isUuid(run.id)) refuse('its id is not a UUID in lower case');
  const bounded = (what: string, text: string, maxBytes: number): void => {
    if (!fits(text, maxBytes)) refuse(`${what} is longer than ${maxBytes} bytes, or holds a NUL`);
  };
  bounded('config_version', run.configVersion, MAX_VERSION_BYTES);
  bounded('error', run.error, MAX_RUN_TEXT_BYTES);
  if (run.results.length > MAX_RUN_RESULTS)
    refuse(`${run.results.length} results, at most ${MAX_RUN_RESULTS} are accepted`);
  const counts: Counts = { ok: run.ok, changed: run.changed, failed: run.failed, skipped: run.skipped };
  if (counts.ok + counts.changed + counts.failed + counts.skipped > MAX_RUN_RESULTS)
    refuse(`more than ${MAX_RUN_RESULTS} resources`);
  for (const result of run.results) {
    bounded('the name of a resource', result.resource, MAX_NAME_BYTES);
    bounded('a resource type', result.type, MAX_NAME_BYTES);
    bounded(`the message of ${result.resource}`, result.message, MAX_RUN_TEXT_BYTES);
  }
  if (run.results.length > 0 && !agree(counts, run.results)) refuse('its counts are not those of its results');
  const saidAt = run.startedAt ? timestampMs(run.startedAt) : 0;
  const startedAt = runStartedAt(saidAt, now);
  return {
    row: {
      id: run.id,
      envoy_id: entry.id,
      started_at: startedAt,
      duration_ms: run.durationMs,
      received_at: now,
      config_version: run.configVersion,
      ...counts,
      error: run.error,
      results: toBinary(RunSchema, create(RunSchema, { results: run.results })),
    },
    clockOff: startedAt !== saidAt,
  };
}

function agree(counts: Counts, results: readonly ResourceResult[]): boolean {
  const found: Counts = { ok: 0, changed: 0, failed: 0, skipped: 0 };
  for (const { outcome } of results) {
    const name = (COUNTED as Partial<Record<number, keyof Counts>>)[outcome];
    if (!name) return false;
    found[name]++;
  }
  return (Object.keys(found) as (keyof Counts)[]).every((name) => found[name] === counts[name]);
}

/** PostgreSQL stores no NUL in a text: refused everywhere, so that all engines keep the same. */
function fits(text: string, maxBytes: number): boolean {
  return text.length <= maxBytes && Buffer.byteLength(text) <= maxBytes && !text.includes('\0');
}
