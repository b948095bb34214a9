/** Runs in JSON output. */
import { type RunOutcome, runOutcome } from '../../fleet/convergence.ts';
import type { GetRunResponse, ListRunsResponse } from '../../gen/vigo/v1/admin_pb.js';
import { ResourceOutcome, type ResourceResult, type Run } from '../../gen/vigo/v1/types_pb.js';
import { present } from '../present.ts';
import { isoOf, textOrNull } from './time.ts';
import { type WarningJson, warningJson } from './warning.ts';

export interface RunJson {
  readonly id: string;
  readonly envoyId: string;
  /** Null if the hub does not know the envoy any more. */
  readonly hostname: string | null;
  /** Who keeps it. */
  readonly spoke: string;
  readonly startedAt: string | null;
  readonly durationMs: number;
  /** Null if it had none. */
  readonly configVersion: string | null;
  /** ok: nothing changed, nothing failed; degraded: some failed; failed: all failed, or it could not run. */
  readonly outcome: RunOutcome;
  /** Numbers of resources. */
  readonly ok: number;
  readonly changed: number;
  readonly failed: number;
  readonly skipped: number;
  /** Why it could not run at all. */
  readonly error: string | null;
  readonly receivedAt: string | null;
}

export interface ResultJson {
  readonly resource: string;
  readonly type: string;
  readonly outcome: string;
  readonly message: string | null;
  readonly durationMs: number;
}

export interface RunListJson {
  /** Newest first. */
  readonly runs: readonly RunJson[];
  readonly complete: boolean;
  readonly nextCursor: string | null;
  readonly warnings: readonly WarningJson[];
}

export interface RunDetailJson extends RunJson {
  /** In the order of the run. */
  readonly results: readonly ResultJson[];
}

const OUTCOMES: Readonly<Record<number, string>> = {
  [ResourceOutcome.OK]: 'ok',
  [ResourceOutcome.CHANGED]: 'changed',
  [ResourceOutcome.FAILED]: 'failed',
  [ResourceOutcome.SKIPPED]: 'skipped',
};

export function runJson(run: Run): RunJson {
  const { ok, changed, failed, skipped } = run;
  return {
    id: run.id,
    envoyId: run.envoyId,
    hostname: textOrNull(run.hostname),
    spoke: run.spoke,
    startedAt: isoOf(run.startedAt),
    durationMs: run.durationMs,
    configVersion: textOrNull(run.configVersion),
    outcome: runOutcome(run),
    ok,
    changed,
    failed,
    skipped,
    error: textOrNull(run.error),
    receivedAt: isoOf(run.receivedAt),
  };
}

const resultJson = ({ resource, type, outcome, message, durationMs }: ResourceResult): ResultJson => ({
  resource,
  type,
  // An outcome that this program does not know comes from a newer agent.
  outcome: OUTCOMES[outcome] ?? 'unknown',
  message: textOrNull(message),
  durationMs,
});

export function runListJson(response: ListRunsResponse): RunListJson {
  return {
    runs: response.runs.map(runJson),
    complete: response.complete,
    nextCursor: textOrNull(response.nextCursor),
    warnings: response.warnings.map(warningJson),
  };
}

export function runDetailJson(response: GetRunResponse): RunDetailJson {
  const run = present(response.run, 'a run');
  return { ...runJson(run), results: run.results.map(resultJson) };
}
