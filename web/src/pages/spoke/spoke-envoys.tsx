/** The first envoys of a spoke, and the way to all of them. */
import { Link } from 'wouter';
import type { Envoy } from '../../../../src/gen/vigo/v1/types_pb.js';
import { envoysLink } from '../../lib/envoy-filters.ts';
import { count, counted } from '../../lib/numbers.ts';
import { envoyPath } from '../../lib/paths.ts';
import { shortVersion } from '../../lib/short-version.ts';
import { statusWord } from '../../lib/words.ts';
import { Card } from '../../ui/card.tsx';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { Empty } from '../../ui/empty.tsx';
import { StateLabel } from '../../ui/state-label.tsx';
import { Time } from '../../ui/time.tsx';

const SHOWN = 10;

const COLUMNS: readonly Column<Envoy>[] = [
  { title: 'Host name', cell: ({ id, hostname }) => <Link href={envoyPath(id)}>{hostname}</Link>, head: true },
  {
    title: 'Status',
    cell: ({ status, stale }) => (
      <StateLabel state={statusWord(status)}>{`${statusWord(status)}${stale ? ' (stale)' : ''}`}</StateLabel>
    ),
  },
  { title: 'Last seen', cell: ({ lastSeenAt }) => <Time at={lastSeenAt} /> },
  { title: 'Config', cell: ({ configVersion }) => <code>{shortVersion(configVersion)}</code> },
];

export interface SpokeEnvoysProps {
  readonly id: string;
  readonly envoys: readonly Envoy[];
  readonly total: number;
}

export function SpokeEnvoys({ id, envoys, total }: SpokeEnvoysProps) {
  return (
    <Card
      title="Envoys"
      note={count(total)}
      actions={<Link href={envoysLink({ spoke: id })}>{`All ${counted(total, 'envoy')}`}</Link>}
      flush
    >
      {envoys.length === 0 ? (
        <Empty icon="envoys" title="No envoys here">
          <p>Those whose host names match its patterns come here when they enrol, or with a rebalance.</p>
        </Empty>
      ) : (
        <DataTable
          caption={`Envoys of ${id}`}
          columns={COLUMNS}
          rows={envoys.slice(0, SHOWN)}
          rowKey={(each) => each.id}
        />
      )}
    </Card>
  );
}
