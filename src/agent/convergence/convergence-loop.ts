/**
 * What an agent does beside checking in: it fetches its bundle when there is another, runs it once an interval whether a server
 * answers or not, and delivers what runs have done in the order in which they happened.
 */
import { messageOf, VigoError } from '../../fleet/errors.ts';
import type { Run } from '../../gen/vigo/v1/types_pb.js';
import { type Clock, sleep } from '../../platform/clock.ts';
import type { Logger } from '../../platform/logger.ts';
import { createMutex } from '../../platform/mutex.ts';
import type { ResourceHost } from '../../resources/resource-host.ts';
import type { ResourceType } from '../../resources/resource-type.ts';
import type { AgentLink } from '../agent-link.ts';
import type { AgentEndpoint } from '../endpoint.ts';
import type { HeldBundle } from '../policy/bundle-file.ts';
import type { BundleStore } from '../policy/bundle-store.ts';
import type { OwedTriggers } from '../runs/owed-triggers.ts';
import type { RunQueue } from '../runs/run-queue.ts';
import type { CollectedTraits } from '../traits/traits-feed.ts';
import { runBundle } from './run-bundle.ts';

export interface ConvergenceOptions {
  readonly link: Pick<AgentLink, 'getBundle' | 'fetchFile' | 'reportRun'>;
  readonly store: BundleStore;
  readonly queue: RunQueue;
  readonly owed: OwedTriggers;
  readonly host: ResourceHost;
  readonly types: ReadonlyMap<string, ResourceType>;
  /** Called behind every run; never rejects. */
  readonly remember: (run: Run) => Promise<void>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Ends everything. */
  readonly signal: AbortSignal;
}

/** What a served check-in has told. */
export interface Served {
  readonly at: AgentEndpoint;
  readonly epoch: number;
  readonly noChange: boolean;
  readonly nextAfterMs: number;
  readonly traits: CollectedTraits;
}

export interface Convergence {
  /** Of the bundle that the agent has; empty if none. */
  readonly configVersion: string;
  /** After a served check-in: a newer bundle is fetched, waiting runs are delivered. Never throws; once at a time. */
  served(told: Served): Promise<void>;
  /** Runs now. Undefined without a bundle. */
  runOnce(): Promise<Run | undefined>;
  /** Runs once an interval, and when there is another bundle, until the signal aborts. */
  loop(): Promise<void>;
  /** Tries to deliver all waiting runs. Throws why not. */
  deliver(): Promise<void>;
}

/** Until a server has said how often: its own default. */
const DEFAULT_INTERVAL_MS = 5 * 60_000;
/** Machines that start together after a power cut do not begin together. */
const MAX_FIRST_DELAY_MS = 10_000;

/** It says the same of this run whenever it is asked: those behind it must not wait. */
const isFinal = ({ kind, code }: VigoError): boolean => kind === 'invalid_argument' || code === 'MESSAGE_TOO_LARGE';

export function createConvergence(options: ConvergenceOptions): Convergence {
  const { link, store, queue, clock, logger, signal } = options;
  const serving = createMutex();
  const running = createMutex();
  const delivering = createMutex();
  let at: AgentEndpoint | undefined;
  let intervalMs = DEFAULT_INTERVAL_MS;
  let wake = new AbortController();

  const fetchFiles = async (from: AgentEndpoint, { bundle }: HeldBundle, traitsJson: Uint8Array<ArrayBuffer>) => {
    for (const { sha256, size } of bundle.files) {
      const name = Buffer.from(sha256).toString('hex');
      if (await store.keep(name, size)) continue;
      await store.addBlob(name, size, link.fetchFile(from, { sha256, traitsJson }, signal));
    }
  };
  /** The new bundle counts only when all of its files are there. */
  const fetchBundle = async ({ at: from, epoch, traits }: Served): Promise<boolean> => {
    const { current: before, complete: wasComplete } = store;
    const request = { epoch, traitsJson: traits.json, haveDigest: before?.digest ?? new Uint8Array() };
    const { configVersion, digest, bundle = before?.bundle } = await link.getBundle(from, request, signal);
    if (configVersion === '' || !bundle) return false;
    const held = { configVersion, digest, traitsDigest: traits.digest, bundle };
    await fetchFiles(from, held, traits.json);
    await store.replace(held);
    const isNew = !before || Buffer.compare(before.digest, digest) !== 0;
    if (isNew) logger.info({ configVersion, resources: bundle.resources.length }, 'new bundle');
    return isNew || !wasComplete;
  };
  const isStale = ({ noChange, traits }: Served): boolean => {
    if (!store.current) return !noChange;
    return !noChange || !store.complete || Buffer.compare(store.current.traitsDigest, traits.digest) !== 0;
  };
  const deliverAll = async (): Promise<void> => {
    for (let next = await queue.first(); next && at; next = await queue.first()) {
      try {
        await link.reportRun(at, { run: next.run }, signal);
        await queue.remove(next.name);
      } catch (error) {
        if (!(error instanceof VigoError) || !isFinal(error)) throw error;
        logger.error({ run: next.run.id, error: error.message }, 'run refused by the server; set aside');
        await queue.setAside(next.name);
      }
    }
  };
  const deliver = () => delivering.run(deliverAll);
  const tryToDeliver = async (): Promise<void> => {
    try {
      await deliver();
    } catch (error) {
      if (signal.aborted) return;
      logger.warn({ waiting: queue.size, error: messageOf(error) }, 'runs not delivered; they wait');
    }
  };
  const runOnce = () =>
    running.run(async () => {
      const held = store.current;
      if (!held || signal.aborted) return undefined;
      // Those of a bundle before: only now is no run under way that may need them.
      await store.prune().catch((error: unknown) => logger.warn({ error: messageOf(error) }, 'old files not removed'));
      const run = await runBundle({ ...options, held });
      // Half a run, because the agent was stopped, says nothing about the machine.
      if (signal.aborted) return undefined;
      await options.remember(run);
      await queue.add(run);
      const { ok, changed, failed, skipped, error } = run;
      logger.info({ run: run.id, ok, changed, failed, skipped, ...(error ? { error } : {}) }, 'run ended');
      return run;
    });

  return {
    get configVersion() {
      return store.current?.configVersion ?? '';
    },
    served: (told) =>
      serving.run(async () => {
        at = told.at;
        intervalMs = told.nextAfterMs;
        try {
          if (isStale(told) && (await fetchBundle(told))) wake.abort();
        } catch (error) {
          if (!signal.aborted) logger.warn({ error: messageOf(error) }, 'bundle not fetched; the one before stays');
        }
        await tryToDeliver();
      }),
    runOnce,
    deliver,
    async loop() {
      await sleep(
        clock,
        clock.random() * Math.min(intervalMs, MAX_FIRST_DELAY_MS),
        AbortSignal.any([signal, wake.signal]),
      );
      while (!signal.aborted) {
        wake = new AbortController();
        try {
          if (await runOnce()) await tryToDeliver();
        } catch (error) {
          logger.error({ error: messageOf(error) }, 'run not kept');
        }
        await sleep(clock, intervalMs, AbortSignal.any([signal, wake.signal]));
      }
    },
  };
}
