/** Whether the page hears of changes: a small, calm sign. */
import { useLiveState } from '../api/live-provider.tsx';
import type { LiveState } from '../lib/fleet-watch.ts';

const WORDS: Record<LiveState, string> = {
  connecting: 'Connecting',
  live: 'Live',
  reconnecting: 'Reconnecting',
};

export function LiveMark() {
  const state = useLiveState();
  return (
    <p className="live" data-state={state} role="status">
      <span className="live-dot" aria-hidden="true" />
      {WORDS[state]}
    </p>
  );
}
