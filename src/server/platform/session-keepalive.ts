/**
 * Finds HTTP/2 sessions whose peer is gone without a word: Node's server has no keepalive, so half-open ones would live
 * for ever.
 *
 * One timer for all sessions. Both maps are in the order of time, so a tick looks only at what is due:
 * `due` (next ping) → ping sent → `waiting` (answer due) → answered → `due`, or destroyed.
 */
import type { ServerHttp2Session } from 'node:http2';
import type { Clock, Timer } from '../../platform/clock.ts';

export interface SessionKeepaliveOptions {
  readonly clock: Clock;
  /** Time between two pings of one session, milliseconds. */
  readonly intervalMs: number;
  /** A session that has not answered by then is destroyed, milliseconds. */
  readonly timeoutMs: number;
  /** Called for each session that was given up. */
  readonly onDead: () => void;
}

export interface SessionKeepalive {
  add(session: ServerHttp2Session): void;
  remove(session: ServerHttp2Session): void;
  stop(): void;
}

// Pings are spread over so many ticks, so that 5,000 sessions that came at once are not all pinged in one go.
const TICKS_PER_INTERVAL = 20;

export function createSessionKeepalive(options: SessionKeepaliveOptions): SessionKeepalive {
  const { clock } = options;
  const due = new Map<ServerHttp2Session, number>();
  const waiting = new Map<ServerHttp2Session, number>();
  let timer: Timer | undefined;

  const ping = (session: ServerHttp2Session, now: number) => {
    due.delete(session);
    if (session.destroyed) return;
    waiting.set(session, now + options.timeoutMs);
    session.ping((error) => {
      // Without an answer the session is on its way out, or `tick` destroys it.
      if (!error && waiting.delete(session)) due.set(session, clock.monotonic() + options.intervalMs);
    });
  };
  const destroy = (session: ServerHttp2Session) => {
    waiting.delete(session);
    options.onDead();
    session.destroy();
  };
  const passed = (sessions: Map<ServerHttp2Session, number>, now: number, act: typeof ping) => {
    for (const [session, at] of sessions) {
      if (at > now) return;
      act(session, now);
    }
  };
  const tick = () => {
    const now = clock.monotonic();
    passed(waiting, now, destroy);
    passed(due, now, ping);
    schedule();
  };
  const schedule = () => {
    timer = clock.after(Math.min(options.intervalMs, options.timeoutMs) / TICKS_PER_INTERVAL, tick);
  };
  schedule();

  return {
    add: (session) => void due.set(session, clock.monotonic() + options.intervalMs),
    remove(session) {
      due.delete(session);
      waiting.delete(session);
    },
    stop: () => timer?.cancel(),
  };
}
