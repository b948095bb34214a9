/**
 * How many calls a server takes, by kind, and why so many. All follow from `checkin.max_rate`, the one figure by which an
 * operator says what the machine can carry; only enrolments, whose cost has nothing to do with check-ins, are counted apart.
 *
 * What the hub asks of a spoke (status, health, adopt, release ...) has no limit: load must never look like death.
 */
import type { CheckinPace } from './checkin-schedule.ts';
import type { BucketLimit } from './token-bucket.ts';

export interface CallLimit extends BucketLimit {
  /** Calls that may be under way at a time; absent: as many as come. */
  readonly concurrent?: number;
  /** What one caller may take of it; absent where callers are not known. */
  readonly perCaller?: CallerShare;
}

export interface CallerShare {
  /** So many calls ... */
  readonly calls: number;
  /** ... in each span of so many milliseconds. */
  readonly spanMs: number;
}

/** Calls that agents make. */
export type AgentCall = 'checkIn' | 'getBundle' | 'fetchFile' | 'reportRun' | 'locate' | 'renew';

/** A second's worth may come at once: less would refuse what chance bunches together in a fleet that keeps its pace. */
const BURST_SECONDS = 1;
/** Nobody is sent away for less, however short the interval is: an agent waits that long by itself at times. */
const MIN_LONGEST_WAIT_MS = 1_000;
/** One agent may call ten times as often as it is asked to, and ten times in a row after a restart by hand ... */
const TIMES_ITS_PACE = 10;
/** ... or take a hundredth of the server, if that is more. With it no agent gone mad starves the others. */
const SHARE_OF_ONE = 0.01;
const SHARE_SPAN_MS = 10_000;

/** How often each call may come, in check-ins. */
const PER_CHECK_IN: Record<AgentCall, number> = {
  checkIn: 1,
  // Every agent asks once after a publish, at its next check-in: less would keep a fleet waiting for a second interval.
  getBundle: 1,
  // A connection of its own, some 2.5 ms of handshake: thirty check-ins' worth. What was fetched stays, so waiting loses nothing.
  fetchFile: 0.25,
  // An agent runs once an interval, as often as it checks in. Runs are committed in groups and wait on the agent's disk.
  reportRun: 1,
  // A handshake, too, and a read of the database. Asked once an interval at most by agents of dead spokes, and when more
  // than half of the spokes seem dead the hub suspects itself.
  locate: 0.5,
  // Two handshakes, a signature and a write. Every agent comes once when another CA takes over: a fleet whose check-ins fill
  // the rate needs ten intervals for it, and certificates have months.
  renew: 0.1,
};

/** A file on a slow line takes minutes, and holds a chunk of 256 KiB meanwhile: together 64 MiB at most. */
const CONCURRENT_FILES = 256;

export function agentLimits(pace: CheckinPace): Record<AgentCall, CallLimit> {
  const limitOf = (call: AgentCall): CallLimit => {
    const perSecond = pace.maxRate * PER_CHECK_IN[call];
    const spans = SHARE_SPAN_MS / pace.intervalMs;
    const calls = Math.ceil(
      Math.max(TIMES_ITS_PACE, TIMES_ITS_PACE * spans, (SHARE_OF_ONE * perSecond * SHARE_SPAN_MS) / 1000),
    );
    return {
      perSecond,
      burst: Math.max(1, perSecond * BURST_SECONDS),
      maxWaitMs: Math.max(MIN_LONGEST_WAIT_MS, pace.intervalMs),
      perCaller: { calls, spanMs: SHARE_SPAN_MS },
    };
  };
  return {
    checkIn: limitOf('checkIn'),
    getBundle: limitOf('getBundle'),
    fetchFile: { ...limitOf('fetchFile'), concurrent: CONCURRENT_FILES },
    reportRun: limitOf('reportRun'),
    locate: limitOf('locate'),
    renew: limitOf('renew'),
  };
}

/**
 * Enrolments of envoys and spokes together. Anyone who reaches the port may ask, and the signature of the request is checked
 * before its token is: some 2 ms of CPU for who has no token, and some 10 ms for an envoy that is made, its certificate and the
 * spoke's part included (measured in one process). 50 a second leave the hub half of a core, and let 10,000 new machines in
 * within four minutes.
 */
export const ENROLLMENT_LIMIT: CallLimit = {
  perSecond: 50,
  burst: 100,
  // As long as a machine waits for the answer to one enrolment.
  maxWaitMs: 30_000,
  // Each waits for a spoke, for ten seconds if that hangs: as many as come in that time, but not more.
  concurrent: 500,
};
