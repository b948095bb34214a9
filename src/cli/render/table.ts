/**
 * Tables: no borders, two spaces between columns, one line a row at every terminal width.
 *
 * Where the terminal is too narrow, columns that matter less become shorter, and then go. Without a terminal nothing is cut.
 */
import Table from 'cli-table3';
import { type Format, printable, type Style } from '../terminal.ts';

export interface Column<R> {
  readonly title: string;
  readonly value: (row: R) => string;
  /** Colour of a cell, by its row. */
  readonly format?: (row: R) => Format | undefined;
  readonly align?: 'left' | 'right';
  /** The column with the highest goes first when there is no room; 0: never. Default 1. */
  readonly expendable?: number;
  /** It may be cut down to so many characters before any column goes. Default: not cut. */
  readonly min?: number;
}

export interface TableOptions {
  /** Characters a line can hold. */
  readonly width: number;
  readonly style: Style;
}

const GAP = 2;
const NO_BORDERS = Object.fromEntries(
  [
    ['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right'],
    ['left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid', 'middle'],
  ]
    .flat()
    .map((name) => [name, '']),
);

/** A column that is shown. */
export interface Laid<R> {
  readonly column: Column<R>;
  /** Characters that it would take uncut. */
  readonly natural: number;
  /** Characters that it gets. */
  width: number;
}

const lengthOf = (text: string): number => [...text].length;
const totalOf = <R>(laid: readonly Laid<R>[], of: (column: Laid<R>) => number): number =>
  laid.reduce((sum, column) => sum + of(column), GAP * Math.max(laid.length - 1, 0));
const minOf = <R>({ column, natural }: Laid<R>): number => Math.min(natural, column.min ?? natural);
const expendableOf = <R>({ column }: Laid<R>): number => column.expendable ?? 1;

/** Which columns are shown, and how wide: exported for the streamed list, which lays out once for all its rows. */
export function layOut<R>(columns: readonly Column<R>[], rows: readonly R[], width: number): Laid<R>[] {
  let laid = columns.map((column): Laid<R> => {
    const widest = rows.reduce((max, row) => Math.max(max, lengthOf(printable(column.value(row)))), 0);
    const natural = Math.max(widest, lengthOf(column.title));
    return { column, natural, width: natural };
  });
  while (laid.length > 1 && totalOf(laid, minOf) > width) {
    const leastNeeded = laid.reduce((a, b) => (expendableOf(b) >= expendableOf(a) ? b : a));
    laid = laid.filter((column) => column !== leastNeeded);
  }
  for (const column of [...laid].sort((a, b) => expendableOf(b) - expendableOf(a))) {
    const excess = totalOf(laid, (each) => each.width) - width;
    if (excess <= 0) break;
    column.width = Math.max(minOf(column), column.width - excess);
  }
  // One column alone that is still too wide is cut to what there is.
  if (laid[0] && laid.length === 1) laid[0].width = Math.max(1, Math.min(laid[0].width, width));
  return laid;
}

/** Lines, the title line first; no line break at the end. Without rows: only the titles. */
export function renderTable<R>(columns: readonly Column<R>[], rows: readonly R[], options: TableOptions): string {
  return renderRows(layOut(columns, rows, options.width), rows, { ...options, titles: true });
}

/** Lines of a table that was laid out before. */
export function renderRows<R>(
  laid: readonly Laid<R>[],
  rows: readonly R[],
  options: TableOptions & { readonly titles: boolean },
): string {
  const table = new Table({
    chars: NO_BORDERS,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': GAP, compact: true },
    colWidths: laid.map(({ width }) => width + GAP),
    colAligns: laid.map(({ column }) => column.align ?? 'left'),
  });
  if (options.titles) table.push(laid.map(({ column }) => options.style('bold', column.title)));
  for (const row of rows) {
    table.push(
      laid.map(({ column, width }) => {
        const text = fit(
          printable(column.value(row)),
          options.width === Number.POSITIVE_INFINITY ? Number.POSITIVE_INFINITY : width,
        );
        const format = column.format?.(row);
        return format && text ? options.style(format, text) : text;
      }),
    );
  }
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

function fit(text: string, width: number): string {
  const characters = [...text];
  return characters.length <= width ? text : `${characters.slice(0, width - 1).join('')}…`;
}
