/** Runs as agents report them, and as they are stored. */
import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { type Run, RunSchema } from '../../src/gen/vigo/v1/types_pb.js';
import type { RunRow } from '../../src/server/store/run-repository.ts';

/** The n-th id: a UUID of version 7; the greater the number, the greater the id. */
export const runId = (n: number): string => `0196a1b2-0000-7000-8000-${n.toString(16).padStart(12, '0')}`;

/** The n-th run, begun at `startedAt`, milliseconds since 1970 UTC; clean unless said otherwise. */
export function runOf(n: number, startedAt: number, more: MessageInitShape<typeof RunSchema> = {}): Run {
  return create(RunSchema, {
    id: runId(n),
    startedAt: timestampFromMs(startedAt),
    durationMs: 1_500,
    configVersion: 'c0ffee',
    ok: 3,
    ...more,
  });
}

export function runRow(n: number, envoyId: string, startedAt: number, more: Partial<RunRow> = {}): RunRow {
  return {
    id: runId(n),
    envoy_id: envoyId,
    started_at: startedAt,
    duration_ms: 1_500,
    received_at: startedAt + 2_000,
    config_version: 'c0ffee',
    ok: 3,
    changed: 0,
    failed: 0,
    skipped: 0,
    error: '',
    results: new Uint8Array(),
    ...more,
  };
}
