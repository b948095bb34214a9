/** A plan: from where to where, and who stays. */
import type { Move } from '../../../src/gen/vigo/v1/admin_pb.js';
import { plannedCount } from '../lib/move-text.ts';
import { count, counted } from '../lib/numbers.ts';
import { Failure } from '../ui/failure.tsx';
import { Icon } from '../ui/icon.tsx';
import { Skeleton } from '../ui/skeleton.tsx';
import { Exclusions } from './exclusions.tsx';
import type { Plan } from './use-plan.ts';

export function PlanPreview({ plan, incomplete }: { readonly plan: Plan; readonly incomplete: string }) {
  if (plan.error) return <Failure error={plan.error} what="There is no plan" onRetry={plan.retry} />;
  if (plan.pending) return <Skeleton height="62px" />;
  if (!plan.move) return <p className="muted">{incomplete}</p>;
  return <PlannedMove move={plan.move} />;
}

function PlannedMove({ move }: { readonly move: Move }) {
  const planned = plannedCount(move);
  return (
    <section className="form" aria-label="Plan">
      <p role="status">
        {planned === 0
          ? `Nothing to move: ${counted(move.matched, 'envoy')} matched.`
          : `${counted(planned, 'envoy')} of ${count(move.matched)} matched will move.`}
        {move.skippedCount > 0 && ` ${count(move.skippedCount)} stay where they are.`}
      </p>
      <Legs move={move} />
      <Exclusions title="Skipped" exclusions={move.skipped} total={move.skippedCount} />
    </section>
  );
}

export function Legs({ move }: { readonly move: Pick<Move, 'plan'> }) {
  return (
    <ul className="legs">
      {move.plan.map(({ from, to, envoys }) => (
        <li className="leg" key={`${from} ${to}`}>
          <span>{from}</span>
          <Icon name="arrow" />
          <span>
            <span className="visually-hidden">to </span>
            {to}
          </span>
          <strong>{counted(envoys, 'envoy')}</strong>
        </li>
      ))}
    </ul>
  );
}
