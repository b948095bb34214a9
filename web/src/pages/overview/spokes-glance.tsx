/** All spokes, a line each. */
import { Link } from 'wouter';
import type { Spoke } from '../../../../src/gen/vigo/v1/admin_pb.js';
import { totalOf } from '../../lib/compliance.ts';
import { count, milliseconds, percent } from '../../lib/numbers.ts';
import { spokePath } from '../../lib/paths.ts';
import { eligibilityWord, healthWord } from '../../lib/words.ts';
import { Card } from '../../ui/card.tsx';
import { ComplianceBar } from '../../ui/compliance-bar.tsx';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { StateLabel } from '../../ui/state-label.tsx';

const COLUMNS: readonly Column<Spoke>[] = [
  { title: 'Spoke', cell: ({ id }) => <Link href={spokePath(id)}>{id}</Link>, head: true },
  { title: 'Health', cell: ({ health }) => <StateLabel state={healthWord(health)} /> },
  { title: 'Placement', cell: ({ eligibility }) => <StateLabel state={eligibilityWord(eligibility)} /> },
  { title: 'Envoys', cell: ({ envoyCount }) => count(envoyCount), number: true },
  {
    title: 'Converged',
    cell: ({ compliance }) => percent(compliance?.converged ?? 0, totalOf(compliance)) ?? '–',
    number: true,
  },
  { title: 'Compliance', cell: ({ compliance }) => <ComplianceBar compliance={compliance} thin />, className: 'wide' },
  { title: 'p50', cell: ({ latency }) => (latency ? milliseconds(latency.p50Ms) : '–'), number: true },
  { title: 'Config', cell: ({ configBehind }) => <StateLabel state={configBehind ? 'behind' : 'current'} /> },
];

export function SpokesGlance({ spokes }: { readonly spokes: readonly Spoke[] }) {
  return (
    <Card title="Spokes" note={count(spokes.length)} actions={<Link href="/spanner">More about spokes</Link>} flush>
      <DataTable caption="Spokes" columns={COLUMNS} rows={spokes} rowKey={({ id }) => id} />
    </Card>
  );
}
