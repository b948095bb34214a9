/** A table of rows that are all there. On narrow screens each row becomes a card with the names of the columns in it. */
import type { ReactNode } from 'react';

export interface Column<R> {
  readonly title: string;
  readonly cell: (row: R) => ReactNode;
  /** Numbers stand at the right. */
  readonly number?: boolean;
  /** Names the row; the first column usually does. */
  readonly head?: boolean;
  /** Buttons: no title is shown. */
  readonly actions?: boolean;
  readonly className?: string;
}

export interface DataTableProps<R> {
  /** What it shows, for those who do not see it. */
  readonly caption: string;
  readonly columns: readonly Column<R>[];
  readonly rows: readonly R[];
  readonly rowKey: (row: R) => string | number;
}

// On narrow screens CSS shows rows as blocks, which takes browsers the meaning of a table unless it is said.
const ROLE = {
  table: { role: 'table' },
  group: { role: 'rowgroup' },
  row: { role: 'row' },
  title: { role: 'columnheader', scope: 'col' },
  head: { role: 'rowheader', scope: 'row' },
  cell: { role: 'cell' },
} as const;

export function DataTable<R>({ caption, columns, rows, rowKey }: DataTableProps<R>) {
  return (
    <div className="table-scroll">
      <table className="table table-cards" {...ROLE.table}>
        <caption className="visually-hidden">{caption}</caption>
        <thead {...ROLE.group}>
          <tr {...ROLE.row}>
            {columns.map((column) => (
              <th key={column.title} {...ROLE.title} className={classOf(column)}>
                {column.actions ? <span className="visually-hidden">{column.title}</span> : column.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody {...ROLE.group}>
          {rows.map((row) => (
            <tr key={rowKey(row)} {...ROLE.row}>
              {columns.map((column) => (
                <Cell key={column.title} column={column} row={row} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Cell<R>({ column, row }: { readonly column: Column<R>; readonly row: R }) {
  const className = classOf(column);
  if (column.head) {
    return (
      <th {...ROLE.head} className={className}>
        {column.cell(row)}
      </th>
    );
  }
  return (
    <td {...ROLE.cell} className={className} data-label={column.actions ? undefined : column.title}>
      {column.cell(row)}
    </td>
  );
}

function classOf<R>({ number, actions, className }: Column<R>): string | undefined {
  return [number && 'number', actions && 'actions', className].filter(Boolean).join(' ') || undefined;
}
