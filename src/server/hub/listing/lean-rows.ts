/**
 * The fleet's list when hub and spokes agree on who is where, which is nearly always: the directory supplies names and order,
 * each spoke only how its envoys are, in the same order. That is a tenth of the bytes, and nothing has to be merged.
 *
 * Owners are taken at one instant, at which each spoke confirms them by a digest. A spoke that does not agree (envoys are
 * moving) makes this form impossible: then `merge-rows.ts` asks for names as well.
 */
import { envoyComparator, firstBehind } from '../../../fleet/envoy-order.ts';
import { plausibleTime } from '../../../fleet/plausible-time.ts';
import type { EnvoyTableRow } from '../../../rpc/envoy-table.ts';
import { REACHABLE } from '../../../rpc/envoy-table.ts';
import type { OwnedRows, Placement } from '../directory.ts';
import { chooseSpokes } from './choose-spokes.ts';
import type { EnvoyQuery, ListWarning } from './envoy-query.ts';
import type { MergedRows, MergeOptions } from './merged-rows.ts';
import { askStates, type LeanTables } from './spoke-states.ts';
import { createSpokeTables } from './spoke-tables.ts';
import { remember, standInRow } from './stand-in.ts';

/** Rows asked for beyond a page: envoys that are revoked in this instant leave gaps. */
const SPARE_ROWS = 16;

interface Cursor {
  readonly tables: LeanTables;
  position: number;
}

/** Asks the spokes and waits for the first answer or failure of each. Undefined if the list needs the other form. */
export async function openLeanRows(
  options: MergeOptions,
  query: EnvoyQuery,
  signal: AbortSignal,
): Promise<MergedRows | undefined> {
  if (query.hostname !== '' || query.statuses.length > 0) return undefined;
  const { directory, clock } = options;
  const owned = directory.owned(query.sort);
  const first = firstBehind(owned.rows, envoyComparator(query.sort), query.after);
  const shares = sharesOf(owned, query, first);
  const { links, warnings: unasked } = chooseSpokes(options, query);
  const cursors: (Cursor | undefined)[] = owned.owners.map((owner, index) => {
    const link = links.find(({ spec }) => spec.id === owner);
    if (!link || shares[index] === 0) return undefined;
    const { sort, after } = query;
    const question = {
      sort,
      after,
      knownEnvoys: directory.digestOf(owner),
      timeoutMs: options.timeoutMs,
      clock,
      signal,
    };
    if (query.limit > 0) {
      return { tables: askStates({ ...question, link, limit: shares[index] as number }), position: 0 };
    }
    const filter = { hostname: '', statuses: [] };
    const tables = createSpokeTables({ ...question, link, filter, maxRows: directory.countOn(owner) });
    tables.ask({ ...question, limit: 0 });
    return { tables, position: 0 };
  });
  const asked = cursors.filter((cursor) => cursor !== undefined);
  const close = () => {
    for (const { tables } of asked) tables.close();
  };
  if (!(await agreed(asked, close))) return undefined;

  const now = clock.now();
  const silent = new Set(unasked.map(({ spoke }) => spoke));
  const answers = (spoke: string) =>
    !silent.has(spoke) && !asked.some(({ tables }) => tables.spoke === spoke && tables.warning);
  const walk = createWalk(owned, first, query.spoke);
  const cutShort = new Map<string, ListWarning>();
  const fill = async (cursor: Cursor) => {
    const { tables } = cursor;
    await tables.next();
    cursor.position = 0;
    if (tables.table || tables.warning) return;
    const message = 'its list ended before its last envoy';
    cutShort.set(tables.spoke, { spoke: tables.spoke, code: 'internal', message });
  };
  return {
    total: query.spoke === '' ? owned.rows.length : directory.countOn(query.spoke),
    get warnings() {
      return [...unasked, ...asked.flatMap(({ tables }) => tables.warning ?? []), ...cutShort.values()];
    },
    async next(max) {
      const rows: EnvoyTableRow[] = [];
      while (rows.length < max && walk.more()) {
        const cursor = cursors[walk.owner()];
        if (cursor?.tables.table && cursor.position >= cursor.tables.rows) await fill(cursor);
        const placement = walk.take();
        const row = take(cursor, placement, answers, now);
        if (!placement.gone) rows.push(row ?? standInRow(placement));
      }
      return rows;
    },
    close,
  };
}

/** How many rows of each owner the page takes; all are counted without a limit. */
function sharesOf({ rows, owners, ownerAt }: OwnedRows, query: EnvoyQuery, first: number): Uint32Array {
  const shares = new Uint32Array(owners.length);
  const only = query.spoke === '' ? undefined : owners.indexOf(query.spoke);
  let left = query.limit === 0 ? Number.POSITIVE_INFINITY : query.limit + SPARE_ROWS;
  for (let i = first; i < rows.length && left > 0; i++) {
    const owner = ownerAt[i] as number;
    if (only !== undefined && owner !== only) continue;
    shares[owner] = (shares[owner] ?? 0) + 1;
    left--;
  }
  return shares;
}

/** Whether all that answer do so in the lean form. Ends at the first that does not, so that nobody waits for the others. */
async function agreed(asked: readonly Cursor[], close: () => void): Promise<boolean> {
  let lean = true;
  await new Promise<void>((resolve, reject) => {
    const answered = asked.map(async ({ tables }) => {
      await tables.next();
      if (tables.warning || tables.lean) return;
      lean = false;
      resolve();
    });
    Promise.all(answered).then(() => resolve(), reject);
  }).catch((error: unknown) => {
    close();
    throw error;
  });
  if (!lean) close();
  return lean;
}

/** The rows in order, those of other spokes passed over. */
function createWalk({ rows, owners, ownerAt }: OwnedRows, first: number, spoke: string) {
  const only = spoke === '' ? undefined : owners.indexOf(spoke);
  let position = first;
  return {
    more(): boolean {
      while (only !== undefined && position < rows.length && ownerAt[position] !== only) position++;
      return position < rows.length;
    },
    owner: () => ownerAt[position] as number,
    take: () => rows[position++] as Placement,
  };
}

/** The next row of its spoke as it was when the list began; undefined if there is none to rely on. */
function take(
  cursor: Cursor | undefined,
  placement: Placement,
  answers: (spoke: string) => boolean,
  now: number,
): EnvoyTableRow | undefined {
  if (!cursor?.tables.table || cursor.position >= cursor.tables.rows) return undefined;
  const { table, spoke } = cursor.tables;
  const i = cursor.position++;
  // It has moved since. If its new owner does not answer, nobody else can say how it is.
  if (placement.spoke !== spoke && !answers(placement.spoke)) return undefined;
  const row: EnvoyTableRow = {
    id: placement.id,
    hostname: placement.hostname,
    spoke: placement.spoke,
    epoch: placement.epoch,
    status: table.statuses[i] ?? 0,
    drift: table.drifts[i] ?? 0,
    reachable: ((table.flags[i] ?? 0) & REACHABLE) !== 0,
    stale: false,
    lastSeenAt: plausibleTime(table.lastSeenAtMs[i] ?? 0, now),
    enrolledAt: placement.enrolledAt,
    configVersion: table.configVersions[table.configs[i] ?? 0] ?? '',
  };
  remember(placement, row);
  return row;
}
