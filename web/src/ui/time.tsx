/** When something was or will be: how long ago, with the exact time for those who point at it. */
import type { Timestamp } from '@bufbuild/protobuf/wkt';
import { localTime, millis, relative, span } from '../lib/times.ts';
import { useNow } from './now.tsx';

export interface TimeProps {
  readonly at: Timestamp | undefined;
  /** The exact time instead of the distance. */
  readonly exact?: boolean;
  /** What is said if there was none. */
  readonly none?: string;
}

export function Time({ at, exact = false, none = 'never' }: TimeProps) {
  const now = useNow();
  const ms = millis(at);
  if (ms === null) return <span className="muted">{none}</span>;
  const iso = new Date(ms).toISOString();
  return (
    <time className="nowrap" dateTime={iso} title={iso}>
      {exact ? localTime(ms) : relative(ms, now)}
    </time>
  );
}

/** How long something has lasted: "for 6d". */
export function Age({ since }: { readonly since: Timestamp }) {
  const now = useNow();
  const ms = millis(since) ?? now;
  const iso = new Date(ms).toISOString();
  return (
    <time dateTime={iso} title={iso}>
      for {span(now - ms)}
    </time>
  );
}
