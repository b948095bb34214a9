/**
 * Sends spans to a collector, some at a time. Nobody waits for it: what it does not take, and what comes while the queue is full,
 * is thrown away.
 *
 *   add ──▶ queue (bounded) ──every 5 s, or when a batch is full──▶ one request at a time ──▶ taken
 *                                              ▲                         │busy, or no answer
 *                                              └──── a pause, three tries ┘ then dropped
 */
import { messageOf } from '../../../fleet/errors.ts';
import { type Clock, deadline, sleep } from '../../../platform/clock.ts';
import type { Logger } from '../../../platform/logger.ts';
import { otlpJson, type Span, type SpanSource } from './otlp-json.ts';

export interface SpanExporter {
  /** Never throws. */
  add(span: Span): void;
  /** Sends what is left, as far as a moment suffices for it, and takes nothing more. */
  close(): Promise<void>;
}

export interface SpanExporterOptions {
  /** Where to POST. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly source: SpanSource;
  readonly clock: Clock;
  readonly logger: Logger;
}

const BATCH = 512;
/** A span takes half a kilobyte: a megabyte at most. */
const MAX_QUEUED = 2_048;
const EVERY_MS = 5_000;
const TIMEOUT_MS = 10_000;
const TRIES = 3;
const FIRST_PAUSE_MS = 1_000;
/** A server has five seconds to stop, most of which its calls are given. */
const CLOSE_MS = 400;
/** As the protocol says: the same request may succeed later. */
const BUSY = [429, 502, 503, 504];

export function createSpanExporter(options: SpanExporterOptions): SpanExporter {
  const { clock, logger } = options;
  const stop = new AbortController();
  const queue: Span[] = [];
  let dropped = 0;
  let sending: Promise<void> | undefined;
  let closed = false;
  let failing = false;
  let timer = clock.after(EVERY_MS, () => tick());

  const sendAll = async (): Promise<void> => {
    while (queue.length > 0 && !stop.signal.aborted) {
      const batch = queue.splice(0, BATCH);
      const failure = await send(options, batch, stop.signal);
      if (failure !== undefined) dropped += batch.length;
      // Once when it begins: a collector that is away for a night says the same each time.
      if (failure !== undefined && !failing) logger.warn({ url: options.url, error: failure }, 'traces not sent');
      if (failure === undefined && failing) logger.info({ url: options.url, dropped }, 'traces are sent again');
      if (failure === undefined) dropped = 0;
      failing = failure !== undefined;
    }
  };
  const begin = (): Promise<void> => {
    sending ??= sendAll().finally(() => {
      sending = undefined;
    });
    return sending;
  };
  const tick = (): void => {
    void begin();
    timer = clock.after(EVERY_MS, tick);
  };

  return {
    add(span) {
      if (closed) return;
      if (queue.length >= MAX_QUEUED) {
        dropped++;
        return;
      }
      queue.push(span);
      if (queue.length >= BATCH) void begin();
    },
    async close() {
      if (closed) return;
      closed = true;
      timer.cancel();
      await Promise.race([sending?.then(begin) ?? begin(), sleep(clock, CLOSE_MS)]);
      stop.abort();
      await sending;
    },
  };
}

/** Undefined if it was taken, else why not. Never throws. */
async function send(
  { url, headers, source, clock }: SpanExporterOptions,
  batch: readonly Span[],
  stop: AbortSignal,
): Promise<string | undefined> {
  const body = otlpJson(batch, source);
  for (let tries = 1; ; tries++) {
    const limit = deadline(clock, TIMEOUT_MS, stop);
    let failure: string;
    try {
      const answer = await fetch(url, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body,
        // A token in the headers is for nobody else.
        redirect: 'error',
        signal: limit.signal,
      });
      await answer.body?.cancel();
      if (answer.ok) return undefined;
      failure = `the collector answers ${answer.status}`;
      if (!BUSY.includes(answer.status)) return failure;
    } catch (error) {
      failure = causeOf(error);
    } finally {
      limit.cancel();
    }
    if (tries === TRIES || stop.aborted) return failure;
    await sleep(clock, FIRST_PAUSE_MS * 2 ** (tries - 1) * (0.5 + clock.random()), stop);
  }
}

/** "fetch failed" says nothing. */
const causeOf = (error: unknown): string =>
  messageOf(error instanceof Error && error.cause !== undefined ? error.cause : error);
