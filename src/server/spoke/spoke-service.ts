/** `SpokeService`: a partition as the hub sees it. */
import { createHash } from 'node:crypto';
import { timestampFromMs, timestampMs } from '@bufbuild/protobuf/wkt';
import type { ServiceImpl } from '@connectrpc/connect';
import { MAX_STREAK } from '../../fleet/convergence.ts';
import { VigoError } from '../../fleet/errors.ts';
import { isUuid } from '../../fleet/run-bounds.ts';
import { SpokeService, type SpokeServiceListEnvoysRequest } from '../../gen/vigo/v1/spoke_pb.js';
import type { EnvoyRecord } from '../../gen/vigo/v1/types_pb.js';
import type { Clock } from '../../platform/clock.ts';
import { sortSpec } from '../../rpc/envoy-sort.ts';
import { driftCode, driftName, statusCode, statusName } from '../../rpc/status-codes.ts';
import { instant } from '../platform/instant-calls.ts';
import type { EnvoyRow } from '../store/fleet-repository.ts';
import type { Custody } from './custody.ts';
import type { EnvoyEntry } from './envoy-index.ts';
import { countRows, type RowQuery, type RowSource, tablesOf } from './envoy-rows.ts';
import type { PartitionStatus } from './partition-status.ts';
import { tombstoneMessages } from './tombstone-list.ts';

const MAX_BATCH = 1_000;
/** A page of 1,000 with what is asked for beyond it. */
const MAX_STATES = 2_000;
/** Below the one that stands for "revoked". */
const MAX_EPOCH = 2 ** 31 - 2;

export interface SpokeServiceOptions {
  readonly source: RowSource;
  readonly custody: Custody;
  /** How it is, at this moment. */
  readonly status: () => PartitionStatus;
  /** What reads runs. */
  readonly runs: Pick<ServiceImpl<typeof SpokeService>, 'listRuns' | 'getRun'>;
  readonly syncConfig: ServiceImpl<typeof SpokeService>['syncConfig'];
  /** What replaces its certificate. */
  readonly certificate: Pick<ServiceImpl<typeof SpokeService>, 'requestCertificate' | 'installCertificate'>;
  readonly clock: Clock;
}

export function createSpokeService(options: SpokeServiceOptions): ServiceImpl<typeof SpokeService> {
  const { source, custody, clock } = options;
  return {
    // Instant, as the check-ins are: under a flood of them it waits no longer than each of them does.
    status: instant(SpokeService.method.status, options.status),
    async adopt(request) {
      bounded(request.envoys);
      const { adopted, refused } = await custody.adopt(request.envoys.map(rowOfRecord));
      return { adoptedIds: adopted, refusals: refused };
    },
    async release(request) {
      bounded(request.envoys);
      if (!request.target) throw new VigoError('INVALID_ARGUMENT', 'release needs a target');
      await custody.release({ envoys: request.envoys, target: request.target, spreadMs: request.spreadMs });
      return {};
    },
    async revoke(request) {
      bounded(request.ids);
      await custody.revoke(request.ids);
      return {};
    },
    async getEnvoys(request) {
      bounded(request.ids);
      const records = await (request.handOver ? custody.handOver(request.ids) : custody.records(request.ids));
      return { envoys: records.map(({ entry, traits }) => recordOf(entry, traits)) };
    },
    async *listTombstones(_request, context) {
      for (const message of tombstoneMessages(source.index)) {
        context.signal.throwIfAborted();
        yield message;
      }
    },
    getEnvoyStates: instant(SpokeService.method.getEnvoyStates, (request) => {
      const { knownEnvoys, sort, descending, after, limit } = request;
      if (limit < 1 || limit > MAX_STATES)
        throw new VigoError('INVALID_ARGUMENT', `limit is ${limit}: 1 to ${MAX_STATES}`);
      const query = queryOf({ filter: undefined, knownEnvoys, sort, descending, after, limit }, source);
      const [table] = query.lean ? tablesOf(source, query, clock.now(), MAX_STATES) : [];
      return table ? { agreed: true, table } : {};
    }),
    syncConfig: options.syncConfig,
    ...options.certificate,
    ...options.runs,
    async *listEnvoys(request, context) {
      const query = queryOf(request, source);
      const now = clock.now();
      const lean = query.lean ?? false;
      let total: number | undefined = countRows(source, query, now);
      for (const table of tablesOf(source, query, now)) {
        context.signal.throwIfAborted();
        yield total === undefined ? { table, lean } : { table, lean, total };
        total = undefined;
      }
    },
  };
}

function bounded(batch: readonly unknown[]): void {
  if (batch.length > MAX_BATCH)
    throw new VigoError('INVALID_ARGUMENT', `${batch.length} envoys in one call: at most ${MAX_BATCH}`);
}

type ListQuestion = Pick<
  SpokeServiceListEnvoysRequest,
  'filter' | 'knownEnvoys' | 'sort' | 'descending' | 'after' | 'limit'
>;

function queryOf(request: ListQuestion, { index }: RowSource): RowQuery {
  const { filter, after, knownEnvoys } = request;
  const hostname = filter?.hostname ?? '';
  const statuses = filter?.statuses ?? [];
  const unfiltered = hostname === '' && statuses.length === 0;
  return {
    hostname,
    statuses,
    lean: unfiltered && knownEnvoys.length > 0 && Buffer.from(index.digest()).equals(knownEnvoys),
    sort: sortSpec(request.sort, request.descending),
    after: after && { hostname: after.hostname, id: after.id, enrolledAt: after.enrolledAtMs },
    limit: request.limit,
  };
}

function rowOfRecord(record: EnvoyRecord): EnvoyRow {
  if (!record.id || !record.hostname || record.publicKey.length === 0 || record.epoch < 1) {
    throw new VigoError(
      'INVALID_ARGUMENT',
      `record of envoy "${record.id || record.hostname}" lacks id, host name, key or epoch`,
    );
  }
  if (record.epoch > MAX_EPOCH)
    throw new VigoError('INVALID_ARGUMENT', `epoch ${record.epoch} of envoy "${record.id}" is too high`);
  const verdict = statusName(record.status);
  return {
    id: record.id,
    hostname: record.hostname,
    public_key: record.publicKey,
    epoch: record.epoch,
    enrolled_at: record.enrolledAt ? timestampMs(record.enrolledAt) : 0,
    last_seen_at: record.lastSeenAt ? timestampMs(record.lastSeenAt) : null,
    traits_json: record.traitsJson.length > 0 ? record.traitsJson : null,
    traits_digest: record.traitsDigest.length > 0 ? record.traitsDigest : null,
    // Offline is not a verdict over runs; it is found out anew from the last check-in.
    status: verdict === 'offline' ? 'no_data' : verdict,
    drift: driftName(record.drift),
    config_version: record.configVersion,
    changed_streak: Math.min(record.changedStreak, MAX_STREAK),
    last_run_id: isUuid(record.lastRunId) ? record.lastRunId : '',
  };
}

function recordOf(entry: EnvoyEntry, traits: Uint8Array | undefined) {
  return {
    id: entry.id,
    hostname: entry.hostname,
    publicKey: entry.publicKey,
    epoch: entry.epoch,
    enrolledAt: timestampFromMs(entry.enrolledAt),
    lastSeenAt: entry.lastSeenAt > 0 ? timestampFromMs(entry.lastSeenAt) : undefined,
    traitsJson: traits,
    // Of these very bytes: the entry may know of newer ones meanwhile.
    traitsDigest: traits && createHash('sha256').update(traits).digest(),
    status: statusCode(entry.verdict),
    drift: driftCode(entry.drift),
    configVersion: entry.configVersion,
    changedStreak: entry.changedStreak,
    lastRunId: entry.lastRunId,
  };
}
