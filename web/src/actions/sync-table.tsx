/** How a version went to each spoke. */
import type { SpokeSync } from '../../../src/gen/vigo/v1/admin_pb.js';
import { took } from '../lib/times.ts';
import { syncWord } from '../lib/words.ts';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { StateLabel } from '../ui/state-label.tsx';

const COLUMNS: readonly Column<SpokeSync>[] = [
  { title: 'Spoke', cell: ({ spoke }) => spoke, head: true },
  { title: 'Outcome', cell: ({ outcome }) => <StateLabel state={syncWord(outcome)} /> },
  { title: 'How', cell: ({ reason, durationMs }) => reason || took(durationMs) },
];

export function SyncTable({ spokes }: { readonly spokes: readonly SpokeSync[] }) {
  return <DataTable caption="Spokes" columns={COLUMNS} rows={spokes} rowKey={({ spoke }) => spoke} />;
}
