/** Writes down when a credential was used: rarely, and without making its user wait. */
import { messageOf } from '../../../fleet/errors.ts';
import type { Clock } from '../../../platform/clock.ts';
import type { Logger } from '../../../platform/logger.ts';

export interface LastUsedOptions {
  /** Uses that come sooner after the last one are not written, milliseconds. */
  readonly everyMs: number;
  readonly touch: (hash: string, now: number) => Promise<void>;
  readonly clock: Pick<Clock, 'now'>;
  readonly logger: Logger;
}

export interface LastUsed {
  /** Used now; `before`: what is written, milliseconds since 1970 UTC, null if nothing is. */
  used(hash: string, before: number | null): void;
  /** Resolves when nothing is being written. */
  settled(): Promise<void>;
}

export function createLastUsed({ everyMs, touch, clock, logger }: LastUsedOptions): LastUsed {
  const writing = new Map<string, Promise<void>>();
  return {
    used(hash, before) {
      const now = clock.now();
      if (writing.has(hash) || (before !== null && now - before < everyMs)) return;
      const write = touch(hash, now)
        .catch((error: unknown) => logger.warn({ error: messageOf(error) }, 'last use not written'))
        .finally(() => writing.delete(hash));
      writing.set(hash, write);
    },
    async settled() {
      await Promise.all(writing.values());
    },
  };
}
