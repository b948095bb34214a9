/** A part of a page with a title of its own. */
import { type ReactNode, useId } from 'react';

export interface CardProps {
  readonly title: string;
  /** Beside the title: how many, since when. */
  readonly note?: ReactNode;
  readonly actions?: ReactNode;
  /** Without distance to the edges, for tables. */
  readonly flush?: boolean;
  readonly children: ReactNode;
}

export function Card({ title, note, actions, flush = false, children }: CardProps) {
  const id = useId();
  return (
    <section className="card" aria-labelledby={id}>
      <div className="card-head">
        <div>
          <h2 id={id}>{title}</h2>
          {note !== undefined && <span className="card-note">{note}</span>}
        </div>
        {actions && <div>{actions}</div>}
      </div>
      {flush ? children : <div className="card-body">{children}</div>}
    </section>
  );
}
