/** Facts that the agent reported, with a field to find some of them. */
import type { JsonObject } from '@bufbuild/protobuf';
import { useMemo, useState } from 'react';
import { flattenTraits, searchTraits, type Trait } from '../../lib/flatten-traits.ts';
import { count } from '../../lib/numbers.ts';
import { Card } from '../../ui/card.tsx';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { Empty } from '../../ui/empty.tsx';
import './traits.css';

const COLUMNS: readonly Column<Trait>[] = [
  { title: 'Trait', cell: ({ name }) => <span className="mono">{name}</span>, head: true },
  { title: 'Value', cell: ({ value }) => <span className="mono">{value}</span> },
];

/** Undefined: none yet, or the spoke did not answer. */
export function Traits({ traits }: { readonly traits: JsonObject | undefined }) {
  const [text, setText] = useState('');
  const all = useMemo(() => flattenTraits(traits ?? {}), [traits]);
  const found = searchTraits(all, text);
  if (all.length === 0) {
    return (
      <Card title="Traits">
        <Empty icon="envoys" title="No traits">
          <p>The agent has not reported any yet, or its spoke does not answer.</p>
        </Empty>
      </Card>
    );
  }
  return (
    <Card
      title="Traits"
      note={text ? `${count(found.length)} of ${count(all.length)}` : count(all.length)}
      actions={
        <input
          className="input traits-search"
          type="search"
          placeholder="Find a trait"
          aria-label="Find a trait"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
      }
      flush
    >
      {found.length === 0 ? (
        <Empty icon="search" title="No trait contains this" />
      ) : (
        <div className="traits">
          <DataTable caption="Traits" columns={COLUMNS} rows={found} rowKey={({ name }) => name} />
        </div>
      )}
    </Card>
  );
}
