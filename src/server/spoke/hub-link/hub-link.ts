/**
 * Tells the hub at intervals how this spoke is, at whichever of its addresses answers. Where to report next is decided by
 * `fleet/hub-addresses.ts`; this is the loop around it. Nothing else in the spoke depends on it.
 */
import { messageOf, VigoError } from '../../../fleet/errors.ts';
import { type HubAddressEvent, initialHubAddresses, nextHubAddress } from '../../../fleet/hub-addresses.ts';
import { type Clock, deadline } from '../../../platform/clock.ts';
import type { Logger } from '../../../platform/logger.ts';
import { toVigoError } from '../../../rpc/errors.ts';
import type { PeerCredentials } from '../../../rpc/peer-transport.ts';
import type { PartitionStatus } from '../partition-status.ts';
import { type HubCaller, isAnswer } from './hub-caller.ts';
import { createReportLog } from './report-log.ts';
import { attemptTimeout, firstReportAfter, leastPause, longestInterval, nextReportAfter } from './report-pace.ts';

export interface HubLinkOptions {
  /** "host:port" of the hub, tried first. */
  readonly hubAddr: string;
  /** Tried in turn when that one does not answer. */
  readonly fallbackAddrs: readonly string[];
  /** Time between two reports, milliseconds. */
  readonly intervalMs: number;
  /** How the spoke is, at this moment. */
  readonly status: () => PartitionStatus;
  /** Closed with the link. */
  readonly caller: HubCaller;
  /** Called after each attempt to report; `taken`: a hub has noted it. */
  readonly onAttempt?: (taken: boolean) => void;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface HubLink {
  start(): void;
  /** Reports with these from now on; if they are new, at once. Throws if certificate and key do not fit together. */
  reload(tls: PeerCredentials): void;
  /** Ends the connection and whatever runs on it. May be called again, and without a start. */
  close(): Promise<void>;
}

type Attempt =
  | { readonly event: HubAddressEvent; readonly error?: undefined; readonly refused?: undefined }
  /** `refused`: the hub has answered, and said no. */
  | { readonly event: HubAddressEvent; readonly error: VigoError; readonly refused: boolean };

// Longer than any address; what a hub says goes into the log.
const MAX_TOLD = 300;

export function createHubLink(options: HubLinkOptions): HubLink {
  const { caller, clock, intervalMs } = options;
  const log = createReportLog(options.logger);
  const stop = new AbortController();
  const timeoutMs = attemptTimeout(intervalMs);
  let addresses = initialHubAddresses(options.hubAddr, options.fallbackAddrs);
  let running: Promise<void> | undefined;
  let wake = (): void => {};

  const pause = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = clock.after(ms, resolve);
      wake = () => {
        timer.cancel();
        resolve();
      };
    });

  /** Never throws. */
  const attempt = async (address: string): Promise<Attempt> => {
    const limit = deadline(clock, timeoutMs, stop.signal);
    try {
      const report = { status: options.status(), intervalMs: longestInterval(intervalMs), hubAddress: address };
      const leader = await caller.report(address, report, limit.signal);
      if (leader === '') return { event: { type: 'reported' } };
      return { event: { type: 'not-leader', leader }, error: notLeader(address, leader), refused: true };
    } catch (error) {
      const late = limit.signal.aborted ? `the hub at ${address} did not answer within ${timeoutMs} ms` : undefined;
      return {
        event: { type: 'failed' },
        error: late ? new VigoError('TIMEOUT', late) : toVigoError(error, { target: `the hub at ${address}` }),
        refused: isAnswer(error),
      };
    } finally {
      limit.cancel();
    }
  };

  /** One report: attempt after attempt, until an address has taken it or none is left to be tried. */
  const report = async (): Promise<void> => {
    for (;;) {
      const { current, failures } = addresses;
      const { event, error, refused } = await attempt(current);
      if (stop.signal.aborted) return;
      options.onAttempt?.(!error);
      const step = nextHubAddress(addresses, event);
      addresses = step.state;
      if (!error) log.reported(current);
      else if (addresses.failures > failures) log.failed(current, error, refused);
      if (step.next === 'when-due') return;
    }
  };

  /** From beginning to beginning, so that a hub that hangs does not make reports rarer. */
  const run = async (): Promise<void> => {
    await pause(firstReportAfter(intervalMs, clock.random()));
    while (!stop.signal.aborted) {
      const due = clock.monotonic() + nextReportAfter(intervalMs, clock.random());
      await report();
      if (!stop.signal.aborted) await pause(Math.max(due - clock.monotonic(), leastPause(intervalMs)));
    }
  };

  return {
    start() {
      running ??= run().catch((error: unknown) => options.logger.error({ error: messageOf(error) }, 'reports ended'));
    },
    reload(tls) {
      if (caller.renew(tls)) wake();
    },
    async close() {
      stop.abort();
      wake();
      caller.close();
      await running;
    },
  };
}

const notLeader = (address: string, leader: string): VigoError => {
  const named = JSON.stringify(leader.slice(0, MAX_TOLD));
  return new VigoError('NOT_SERVED_HERE', `the hub at ${address} does not lead: it says that ${named} does`);
};
