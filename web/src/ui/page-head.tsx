/** The top of a page: what it is about, where it belongs, and what can be done. Names the document as well. */
import { type ReactNode, useEffect } from 'react';
import { Link } from 'wouter';

export interface PageHeadProps {
  readonly title: string;
  /** Beside the title, such as a state. */
  readonly badge?: ReactNode;
  readonly note?: ReactNode;
  readonly actions?: ReactNode;
  /** The pages above this one. */
  readonly crumbs?: readonly { readonly href: string; readonly name: string }[];
}

export function PageHead({ title, badge, note, actions, crumbs = [] }: PageHeadProps) {
  useEffect(() => {
    document.title = `${title} · vigocli`;
  }, [title]);
  return (
    <header className="page-head">
      <div>
        {crumbs.length > 0 && (
          <nav aria-label="Above this page">
            <ol className="crumbs">
              {crumbs.map(({ href, name }, i) => (
                <li key={href}>
                  {i > 0 && <span aria-hidden="true">/ </span>}
                  <Link href={href}>{name}</Link>
                </li>
              ))}
            </ol>
          </nav>
        )}
        <div className="page-title">
          <h1>{title}</h1>
          {badge}
        </div>
        {note !== undefined && <p className="page-note">{note}</p>}
      </div>
      {actions && <div className="page-actions">{actions}</div>}
    </header>
  );
}
