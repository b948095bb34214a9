/** Pages and streams of the fleet's list, in the shapes of `AdminService`. */
import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { decodeCursor, encodeCursor } from '../../../fleet/envoy-order.ts';
import { VigoError } from '../../../fleet/errors.ts';
import type { ListEnvoysResponseSchema, StreamEnvoysResponseSchema } from '../../../gen/vigo/v1/admin_pb.js';
import type { EnvoySchema } from '../../../gen/vigo/v1/types_pb.js';
import { createEnvoyTableBuilder, type EnvoyTableRow } from '../../../rpc/envoy-table.ts';
import type { EnvoyQuery } from './envoy-query.ts';
import { openLeanRows } from './lean-rows.ts';
import { openMergedRows } from './merge-rows.ts';
import type { MergeOptions } from './merged-rows.ts';

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1_000;
/** Rows a message of a stream: enough to make its overhead small, few enough to keep memory low. */
const ROWS_PER_MESSAGE = 1_000;

export type PageQuery = Partial<Omit<EnvoyQuery, 'after'>> & { readonly cursor?: string };

export interface EnvoyLists {
  /** Throws INVALID_PATTERN, INVALID_CURSOR, INVALID_ARGUMENT, SPOKE_NOT_FOUND. */
  page(
    query: PageQuery,
    signal: AbortSignal,
  ): Promise<MessageInitShape<typeof ListEnvoysResponseSchema> & { envoys: EnvoyInit[] }>;
  stream(
    query: Omit<PageQuery, 'cursor' | 'limit'>,
    signal: AbortSignal,
  ): AsyncGenerator<MessageInitShape<typeof StreamEnvoysResponseSchema>>;
}

type EnvoyInit = MessageInitShape<typeof EnvoySchema>;

export function createEnvoyLists(options: MergeOptions): EnvoyLists {
  const complete = (query: PageQuery, limit: number): EnvoyQuery => {
    const sort = query.sort ?? { field: 'hostname', descending: false };
    const spoke = query.spoke ?? '';
    // An owner that left the configuration can still be listed; a name that nobody knows is a mistake.
    if (spoke !== '' && options.directory.countOn(spoke) === 0) options.links.get(spoke);
    return {
      hostname: query.hostname ?? '',
      spoke,
      statuses: query.statuses ?? [],
      sort,
      after: query.cursor ? decodeCursor(sort, query.cursor) : undefined,
      limit,
    };
  };
  const open = async (query: EnvoyQuery, signal: AbortSignal) =>
    (await openLeanRows(options, query, signal)) ?? (await openMergedRows(options, query, signal));
  return {
    async page(query, signal) {
      const limit = query.limit || DEFAULT_LIMIT;
      if (limit > MAX_LIMIT)
        throw new VigoError('INVALID_ARGUMENT', `limit is ${limit}: at most ${MAX_LIMIT}; use --all for more`);
      // One more than the page, so that whether there is a next one takes no second question.
      const full = complete(query, limit + 1);
      const merged = await open(full, signal);
      try {
        const rows = await merged.next(limit);
        const last = rows.at(-1);
        const more = last !== undefined && rows.length === limit && (await merged.next(1)).length > 0;
        return {
          envoys: rows.map(envoyMessage),
          total: merged.total,
          complete: merged.warnings.length === 0,
          nextCursor: more ? encodeCursor(full.sort, last) : '',
          warnings: [...merged.warnings],
        };
      } finally {
        merged.close();
      }
    },
    async *stream(query, signal) {
      const merged = await open(complete(query, 0), signal);
      try {
        const builder = createEnvoyTableBuilder();
        let total = 0;
        for (;;) {
          const rows = await merged.next(ROWS_PER_MESSAGE);
          for (const row of rows) builder.add(row);
          total += rows.length;
          if (rows.length > 0) yield { table: builder.take() };
          if (rows.length < ROWS_PER_MESSAGE) break;
        }
        yield { summary: { total, complete: merged.warnings.length === 0, warnings: [...merged.warnings] } };
      } finally {
        merged.close();
      }
    },
  };
}

export function envoyMessage(row: EnvoyTableRow): EnvoyInit {
  return {
    id: row.id,
    hostname: row.hostname,
    spoke: row.spoke,
    epoch: row.epoch,
    status: row.status,
    drift: row.drift,
    reachable: row.reachable,
    stale: row.stale,
    lastSeenAt: row.lastSeenAt > 0 ? timestampFromMs(row.lastSeenAt) : undefined,
    enrolledAt: timestampFromMs(row.enrolledAt),
    configVersion: row.configVersion,
  };
}
