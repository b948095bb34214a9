/**
 * What webhooks have asked for: remembered on disk before it is answered, then done, one run of each webhook at a time.
 *
 *   pending ──a run that began later──▶ done, or failed
 *
 * A run serves all that has been asked for before it began, because it takes the newest of the branch; what comes while it
 * runs gets one more run, however many they are. A server that was killed finds what it has not finished and does it again:
 * publishing the same tree twice changes nothing.
 */
import { messageOf, VigoError } from '../../../fleet/errors.ts';
import type { Clock } from '../../../platform/clock.ts';
import type { DeliveryRepository } from '../../store/delivery-repository.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import { actorOf, type PublishSourceOptions, publishSource } from './publish-source.ts';
import type { WebhookSource } from './webhook-source.ts';

/** A push that its provider has vouched for. */
export interface PushDelivery {
  readonly webhook: string;
  /** As the provider names it. */
  readonly id: string;
  /** SHA-256 of the body, lower-case hex. */
  readonly bodyDigest: string;
  /** Nothing vouches for the name: the same body is the same delivery, whatever it is called. */
  readonly byBody: boolean;
  /** What it names, if server.yaml names none; else empty. */
  readonly repository: string;
  /** What was pushed, in words. */
  readonly detail: string;
  /** Address of the caller. */
  readonly origin: string;
}

export interface Webhooks {
  /** False if it is known already, and nothing is done. Throws STOPPING. */
  receive(delivery: PushDelivery): Promise<boolean>;
  /** Does what the last process has left undone. */
  resume(): Promise<void>;
  /** Ends what runs; it is done again by the next process. */
  close(): Promise<void>;
}

export interface WebhookServiceOptions extends PublishSourceOptions {
  readonly sources: readonly WebhookSource[];
  readonly repository: DeliveryRepository;
  readonly audit: Pick<AuditLog, 'begin' | 'record'>;
  readonly clock: Pick<Clock, 'now'>;
}

/** Whoever replays something older makes the hub look at a branch that it has published already. */
const REMEMBERED_MS = 30 * 24 * 3_600_000;
const REMEMBERED = 10_000;

export function createWebhookService(options: WebhookServiceOptions): Webhooks {
  const { repository, audit, clock } = options;
  const stop = new AbortController();
  const lines = new Map(options.sources.map((source) => [source.name, createLine(options, source, stop.signal)]));
  return {
    async receive({ webhook, id, bodyDigest, byBody, repository: named, detail, origin }) {
      stop.signal.throwIfAborted();
      const now = clock.now();
      const row = { webhook, delivery: id, body_digest: bodyDigest, repository: named, received_at: now };
      const memory = { since: now - REMEMBERED_MS, most: REMEMBERED };
      if (!(await repository.take(row, byBody, memory))) return false;
      const said = `${detail}, delivery ${id}`;
      await audit.record({
        actor: actorOf(webhook),
        action: 'webhook.received',
        subject: webhook,
        detail: said,
        origin: `${origin} (webhook)`,
      });
      lines.get(webhook)?.wake();
      return true;
    },
    async resume() {
      for (const [name, line] of lines) if ((await repository.pending(name)).length > 0) line.wake();
    },
    async close() {
      stop.abort(new VigoError('STOPPING', 'the server is stopping'));
      await Promise.all([...lines.values()].map((line) => line.idle()));
    },
  };
}

interface Line {
  /** Begins a run, or has the one that runs followed by one more. */
  wake(): void;
  /** Resolves when nothing runs. */
  idle(): Promise<void>;
}

function createLine(options: WebhookServiceOptions, source: WebhookSource, stop: AbortSignal): Line {
  const { repository, logger } = options;
  let running: Promise<void> | undefined;
  let again = false;

  const runAll = async (): Promise<void> => {
    do {
      again = false;
      const served = await repository.pending(source.name);
      if (served.length === 0) continue;
      const newest = served.at(-1)?.repository ?? '';
      const done = await publishSource(options, source, newest, stop);
      const names = served.map(({ delivery }) => delivery);
      await repository.settle(source.name, names, done ? 'done' : 'failed');
    } while (again && !stop.aborted);
  };
  const wake = (): void => {
    if (stop.aborted) return;
    again = true;
    running ??= runAll()
      .catch((error: unknown) => {
        if (!stop.aborted)
          logger.error(
            { webhook: source.name, error: messageOf(error) },
            'webhook interrupted, goes on with the next push',
          );
      })
      .finally(() => {
        running = undefined;
        // Called for while the last run was ending.
        if (again) wake();
      });
  };
  return { wake, idle: async () => running };
}
