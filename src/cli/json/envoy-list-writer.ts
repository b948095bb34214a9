/**
 * Writes the JSON of a whole fleet while its rows come in: one document of the same shape as a page, one row a line, and
 * never more than one table of rows in memory.
 */
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import type { StreamEnvoysSummary } from '../../gen/vigo/v1/admin_pb.js';
import type { EnvoyTable } from '../../gen/vigo/v1/types_pb.js';
import type { Failure } from '../failure.ts';
import { envoyTableJson } from './envoy.ts';
import { warningJson } from './warning.ts';

export interface EnvoyListWriter {
  /** Something was written, so the document must be ended here. */
  readonly begun: boolean;
  /** The reader went away: nothing more is wanted. */
  readonly closed: boolean;
  /** Resolves when the reader keeps up. */
  rows(table: EnvoyTable): Promise<void>;
  end(summary: StreamEnvoysSummary): Promise<void>;
  /** Ends a document that has begun and cannot be completed. */
  fail(failure: Failure): Promise<void>;
}

export function createEnvoyListWriter(out: Writable): EnvoyListWriter {
  let begun = false;
  let rows = 0;
  let closed = false;
  const close = () => {
    closed = true;
  };
  out.once('error', close);
  out.once('close', close);

  const write = async (text: string) => {
    begun = true;
    if (closed || out.write(text) || closed) return;
    const gone = new AbortController();
    const stop = () => gone.abort();
    out.once('error', stop);
    out.once('close', stop);
    await once(out, 'drain', { signal: gone.signal }).catch(close);
    out.removeListener('error', stop);
    out.removeListener('close', stop);
  };
  const finish = async (tail: object) => {
    const opening = begun ? '' : '{"envoys":[';
    // The tail is an object of its own: its opening brace gives way to the comma behind the rows.
    await write(`${opening}\n],${JSON.stringify(tail).slice(1)}\n`);
    out.removeListener('error', close);
    out.removeListener('close', close);
  };

  return {
    get begun() {
      return begun;
    },
    get closed() {
      return closed;
    },
    async rows(table) {
      if (table.ids.length === 0) return;
      let text = begun ? '' : '{"envoys":[';
      for (const row of envoyTableJson(table)) text += `${rows++ === 0 ? '\n' : ',\n'}${JSON.stringify(row)}`;
      await write(text);
    },
    end: ({ total, complete, warnings }) =>
      finish({ total, complete, nextCursor: null, warnings: warnings.map(warningJson) }),
    fail: (error) => finish({ total: rows, complete: false, nextCursor: null, warnings: [], error }),
  };
}
