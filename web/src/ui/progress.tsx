/** How far something is. */
import { count } from '../lib/numbers.ts';

export interface ProgressProps {
  readonly done: number;
  readonly of: number;
  /** What goes on. */
  readonly label: string;
  readonly tone?: 'info' | 'good' | 'bad' | 'warn';
}

export function Progress({ done, of, label, tone = 'info' }: ProgressProps) {
  const share = of === 0 ? 100 : Math.min(100, (done / of) * 100);
  return (
    <div
      className="progress"
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={of}
      aria-valuenow={done}
      aria-valuetext={`${count(done)} of ${count(of)}`}
    >
      <div className={`progress-done tone-${tone}`} style={{ width: `${share}%` }} />
    </div>
  );
}
