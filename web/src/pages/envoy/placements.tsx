/** Where an envoy has been. */
import { Link } from 'wouter';
import type { PlacementChange } from '../../../../src/gen/vigo/v1/admin_pb.js';
import { movePath, spokePath } from '../../lib/paths.ts';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { Time } from '../../ui/time.tsx';

const COLUMNS: readonly Column<PlacementChange>[] = [
  { title: 'Spoke', cell: ({ spoke }) => <Link href={spokePath(spoke)}>{spoke}</Link>, head: true },
  { title: 'Since', cell: ({ at }) => <Time at={at} /> },
  {
    title: 'Reason',
    cell: ({ reason, moveId }) => (moveId ? <Link href={movePath(moveId)}>{reason}</Link> : reason),
  },
  { title: 'Epoch', cell: ({ epoch }) => epoch, number: true },
];

export function Placements({ placements }: { readonly placements: readonly PlacementChange[] }) {
  return <DataTable caption="Placements" columns={COLUMNS} rows={placements} rowKey={({ epoch }) => epoch} />;
}
