/** Which version each spoke serves. */
import { Link } from 'wouter';
import type { SpokeConfig } from '../../../../src/gen/vigo/v1/admin_pb.js';
import { spokePath } from '../../lib/paths.ts';
import { shortVersion } from '../../lib/short-version.ts';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { Empty } from '../../ui/empty.tsx';
import { StateLabel } from '../../ui/state-label.tsx';

const COLUMNS: readonly Column<SpokeConfig>[] = [
  { title: 'Spoke', cell: ({ spoke }) => <Link href={spokePath(spoke)}>{spoke}</Link>, head: true },
  { title: 'Status', cell: ({ online }) => <StateLabel state={online ? 'online' : 'offline'} /> },
  { title: 'Config', cell: ({ version }) => <code>{shortVersion(version)}</code> },
  {
    title: 'State',
    cell: ({ behind, reason }) => (
      <div>
        <StateLabel state={behind ? 'behind' : 'current'} />
        {reason && <p className="secondary">{reason}</p>}
      </div>
    ),
  },
];

export function SpokeVersions({ spokes }: { readonly spokes: readonly SpokeConfig[] }) {
  if (spokes.length === 0) return <Empty icon="spanner" title="No spokes besides this server" />;
  return <DataTable caption="Versions of spokes" columns={COLUMNS} rows={spokes} rowKey={({ spoke }) => spoke} />;
}
