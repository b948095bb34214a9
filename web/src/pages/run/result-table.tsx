/** What became of each resource. */
import type { ResourceResult } from '../../../../src/gen/vigo/v1/types_pb.js';
import { took } from '../../lib/times.ts';
import { outcomeWord } from '../../lib/words.ts';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { StateLabel } from '../../ui/state-label.tsx';
import './result-table.css';

const COLUMNS: readonly Column<ResourceResult>[] = [
  { title: 'Resource', cell: ({ resource }) => <span className="mono">{resource}</span>, head: true },
  { title: 'Outcome', cell: ({ outcome }) => <StateLabel state={outcomeWord(outcome)} /> },
  { title: 'Type', cell: ({ type }) => type },
  { title: 'Took', cell: ({ durationMs }) => took(durationMs), number: true },
  { title: 'Message', cell: ({ message }) => message && <span className="result-message">{message}</span> },
];

export function ResultTable({ results }: { readonly results: readonly ResourceResult[] }) {
  return <DataTable caption="Results" columns={COLUMNS} rows={results} rowKey={({ resource }) => resource} />;
}
