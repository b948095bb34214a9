/** The calls of `SpokeService` that read runs. */
import { fromBinary, type MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { ServiceImpl } from '@connectrpc/connect';
import { VigoError } from '../../../fleet/errors.ts';
import type { SpokeService } from '../../../gen/vigo/v1/spoke_pb.js';
import { RunSchema } from '../../../gen/vigo/v1/types_pb.js';
import type { RunRepository, RunSummaryRow } from '../../store/run-repository.ts';

const DEFAULT_LIMIT = 20;
const MAX_LIMIT = 1_000;

export interface RunQueriesOptions {
  readonly repository: Pick<RunRepository, 'list' | 'find'>;
  readonly spokeId: string;
}

export function createRunQueries({
  repository,
  spokeId,
}: RunQueriesOptions): Pick<ServiceImpl<typeof SpokeService>, 'listRuns' | 'getRun'> {
  return {
    async listRuns({ envoyId, after, limit }) {
      if (limit > MAX_LIMIT) throw new VigoError('INVALID_ARGUMENT', `limit is ${limit}: at most ${MAX_LIMIT}`);
      if (after && !Number.isFinite(after.startedAtMs))
        throw new VigoError('INVALID_ARGUMENT', `started_at_ms is ${after.startedAtMs}: expected a time`);
      const rows = await repository.list({
        envoyId: envoyId || undefined,
        after: after && { startedAt: after.startedAtMs, id: after.id },
        limit: limit || DEFAULT_LIMIT,
      });
      return { runs: rows.map((row) => runMessage(row, spokeId)) };
    },
    async getRun({ id }) {
      const row = await repository.find(id);
      if (!row) return {};
      return { run: { ...runMessage(row, spokeId), results: fromBinary(RunSchema, row.results).results } };
    },
  };
}

function runMessage(row: RunSummaryRow, spoke: string): MessageInitShape<typeof RunSchema> {
  return {
    id: row.id,
    envoyId: row.envoy_id,
    spoke,
    startedAt: timestampFromMs(row.started_at),
    receivedAt: timestampFromMs(row.received_at),
    durationMs: row.duration_ms,
    configVersion: row.config_version,
    ok: row.ok,
    changed: row.changed,
    failed: row.failed,
    skipped: row.skipped,
    error: row.error,
  };
}
