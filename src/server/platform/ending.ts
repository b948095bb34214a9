/** How a server ends: what was opened is closed, last first, and how long that may take. */
import { messageOf } from '../../fleet/errors.ts';
import { type Clock, sleep } from '../../platform/clock.ts';
import type { Logger } from '../../platform/logger.ts';

export interface UndoStack {
  push(step: () => Promise<void> | void): void;
  /** All steps, the last first. Never rejects. */
  unwind(): Promise<void>;
}

/** Undoes what was done, last first; a failure to undo one thing does not keep the others. */
export function createUndoStack(logger: Logger): UndoStack {
  const steps: (() => Promise<void> | void)[] = [];
  return {
    push: (step: () => Promise<void> | void) => void steps.push(step),
    async unwind() {
      for (const step of steps.splice(0).reverse()) {
        try {
          await step();
        } catch (error) {
          logger.error({ error: messageOf(error) }, 'not closed properly');
        }
      }
    },
  };
}

/** For a call that still writes although its caller is gone: a large tree on a slow disk. */
const PATIENCE_MS = 60_000;

export interface Patience {
  /** From now on everything is waited for, for a minute each. */
  begin(): void;
  /** Resolves when `end` does, or after `graceMs`. */
  wait(end: Promise<void>, graceMs: number): Promise<void>;
  /** Nothing has been given up. */
  readonly sufficed: boolean;
}

/** For a process that ends anyway there is none: what has not ended by then goes with it. */
export function createPatience(clock: Clock): Patience {
  let patient = false;
  let sufficed = true;
  return {
    get sufficed() {
      return sufficed;
    },
    begin() {
      patient = true;
    },
    async wait(end, graceMs) {
      const ended = new AbortController();
      const tooLong = sleep(clock, patient ? PATIENCE_MS : graceMs, ended.signal).then(() => true);
      try {
        if (await Promise.race([end.then(() => false), tooLong])) sufficed = false;
      } finally {
        ended.abort();
      }
    },
  };
}
