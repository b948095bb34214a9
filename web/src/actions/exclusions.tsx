/** Envoys that a move leaves where they are, and why. */
import { Link } from 'wouter';
import type { MoveExclusion } from '../../../src/gen/vigo/v1/admin_pb.js';
import { count } from '../lib/numbers.ts';
import { envoyPath } from '../lib/paths.ts';

export interface ExclusionsProps {
  readonly title: string;
  /** At most 100 are named. */
  readonly exclusions: readonly MoveExclusion[];
  readonly total: number;
}

export function Exclusions({ title, exclusions, total }: ExclusionsProps) {
  if (total === 0) return null;
  const unnamed = total - exclusions.length;
  return (
    <section className="form-part">
      <h3>
        {title} <span className="muted">{count(total)}</span>
      </h3>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <ul className="exclusions" tabIndex={0}>
        {exclusions.map(({ id, hostname, reason }) => (
          <li key={id}>
            <Link href={envoyPath(id)}>{hostname}</Link>
            <span className="secondary">{reason}</span>
          </li>
        ))}
        {unnamed > 0 && <li className="muted">and {count(unnamed)} more</li>}
      </ul>
    </section>
  );
}
