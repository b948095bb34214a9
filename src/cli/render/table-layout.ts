/** Which columns a table shows at a given width, and how wide each is. */
import { type Format, printable } from '../terminal.ts';

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

/** Blanks between two columns. */
export const GAP = 2;

export const lengthOf = (text: string): number => [...text].length;

/** A column that is shown. */
export interface Laid<R> {
  readonly column: Column<R>;
  /** Characters that it would take uncut. */
  readonly natural: number;
  /** Characters that it gets. */
  width: number;
}

const expendableOf = <R>({ column }: Laid<R>): number => column.expendable ?? 1;
const totalOf = <R>(laid: readonly Laid<R>[], of: (column: Laid<R>) => number): number =>
  laid.reduce((sum, column) => sum + of(column), GAP * Math.max(laid.length - 1, 0));
const minOf = <R>({ column, natural }: Laid<R>): number => Math.min(natural, column.min ?? natural);
/** What must fit before other columns stay: of a column that never goes all, or half of the line if it is very wide. */
const neededOf = <R>(laid: Laid<R>, width: number): number =>
  expendableOf(laid) > 0 ? minOf(laid) : Math.max(minOf(laid), Math.min(laid.natural, Math.floor(width / 2)));

/** By these rows: a streamed list lays out once, by its first rows. */
export function layOut<R>(columns: readonly Column<R>[], rows: readonly R[], width: number): Laid<R>[] {
  let laid = columns.map((column): Laid<R> => {
    const widest = rows.reduce((max, row) => Math.max(max, lengthOf(printable(column.value(row)))), 0);
    const natural = Math.max(widest, lengthOf(column.title));
    return { column, natural, width: natural };
  });
  while (laid.length > 1 && totalOf(laid, (each) => neededOf(each, width)) > width) {
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
