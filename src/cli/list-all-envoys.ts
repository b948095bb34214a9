/** `envoys list --all`: every row as it comes in, however many there are. */
import type { Writable } from 'node:stream';
import { VigoError } from '../fleet/errors.ts';
import type { StreamEnvoysResponse, StreamEnvoysSummary } from '../gen/vigo/v1/admin_pb.js';
import type { EnvoyQuery } from './envoy-query.ts';
import { toFailure } from './failure.ts';
import type { Hub } from './hub-client.ts';
import { type EnvoyJson, envoyTableJson } from './json/envoy.ts';
import { createEnvoyListWriter } from './json/envoy-list-writer.ts';
import { warningJson } from './json/warning.ts';
import { envoyColumns, envoyFooter, warningText } from './render/envoys.ts';
import { renderRows } from './render/table.ts';
import { type Laid, layOut } from './render/table-layout.ts';
import type { Terminal } from './terminal.ts';

/** How it ended: all rows of all spokes; some spoke missing; nobody reads on; or a failure behind rows already written. */
export type ListEnd = 'complete' | 'incomplete' | 'closed' | { readonly exit: number };

// A fleet of 100,000 takes seconds; what takes longer than this hangs.
const STREAM_TIMEOUT_MS = 300_000;

function stream(hub: Hub, query: EnvoyQuery): AsyncGenerator<StreamEnvoysResponse, void, undefined> {
  return hub.stream((admin, signal) => admin.streamEnvoys(query, { signal, timeoutMs: STREAM_TIMEOUT_MS }));
}

function cutShort(hub: Hub): VigoError {
  return new VigoError('UNREACHABLE', `the list from the server at ${hub.url} ended before its last row`);
}

/** One JSON document to `out`. Throws only while nothing was written. */
export async function writeAllEnvoys(hub: Hub, query: EnvoyQuery, out: Writable): Promise<ListEnd> {
  const writer = createEnvoyListWriter(out);
  try {
    for await (const { table, summary } of stream(hub, query)) {
      if (table) await writer.rows(table);
      if (summary) await writer.end(summary);
      if (writer.closed) return 'closed';
      if (summary) return summary.complete ? 'complete' : 'incomplete';
    }
    throw cutShort(hub);
  } catch (error) {
    if (!writer.begun) throw error;
    const failure = toFailure(error);
    await writer.fail(failure);
    return { exit: failure.exit };
  }
}

export interface PrintAllOptions {
  readonly terminal: Terminal;
  /** For ages. */
  readonly now: number;
  readonly warn: (text: string) => void;
}

/** A table, laid out by its first rows: a later, longer host name is cut on a terminal, and never elsewhere. */
export async function printAllEnvoys(hub: Hub, query: EnvoyQuery, options: PrintAllOptions): Promise<ListEnd> {
  const { terminal, now, warn } = options;
  const columns = envoyColumns(now);
  const staleRows = new Map<string, number>();
  let laid: Laid<EnvoyJson>[] | undefined;
  let last: StreamEnvoysSummary | undefined;
  for await (const { table, summary } of stream(hub, query)) {
    if (terminal.readerGone) return 'closed';
    last = summary ?? last;
    const rows = table ? [...envoyTableJson(table)] : [];
    if (rows.length === 0) continue;
    const titles = laid === undefined;
    laid ??= layOut(columns, rows, terminal.columns);
    terminal.out(renderRows(laid, rows, { width: terminal.columns, style: terminal.style, titles }));
    for (const { spoke } of rows.filter((row) => row.stale)) staleRows.set(spoke, (staleRows.get(spoke) ?? 0) + 1);
  }
  if (!last) throw cutShort(hub);
  terminal.out(envoyFooter({ total: last.total, nextCursor: null }, last.total));
  for (const warning of last.warnings.map(warningJson)) {
    warn(warningText(warning, staleRows.get(warning.spoke ?? '') ?? 0));
  }
  return last.complete ? 'complete' : 'incomplete';
}
