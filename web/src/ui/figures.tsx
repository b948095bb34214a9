/** A row of figures that one looks at first. */
import type { ReactNode } from 'react';

export interface FigureProps {
  readonly name: string;
  readonly value: ReactNode;
  readonly note?: ReactNode;
}

export function Figures({ figures }: { readonly figures: readonly FigureProps[] }) {
  return (
    <dl className="figures">
      {figures.map(({ name, value, note }) => (
        <div className="figure" key={name}>
          <dt>{name}</dt>
          <dd className="figure-value">{value}</dd>
          {note !== undefined && <dd className="figure-note">{note}</dd>}
        </div>
      ))}
    </dl>
  );
}
