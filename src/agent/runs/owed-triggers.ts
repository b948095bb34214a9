/**
 * Resources that still have to be triggered, on disk: noted before what notifies them is changed, struck out when they have been.
 * Otherwise a service whose configuration was changed would never be restarted if the agent is killed in between, or if restarting
 * it fails: the next run finds nothing to change.
 */
import { messageOf } from '../../fleet/errors.ts';
import { PRIVATE_FILE, replaceFile } from '../../platform/durable-files.ts';
import type { Logger } from '../../platform/logger.ts';
import { readSmallFileIfPresent } from '../../platform/small-file.ts';

export interface OwedTriggers {
  /** Ids of resources. */
  readonly ids: ReadonlySet<string>;
  /** Durable when it returns, if the disk takes it. Never rejects. */
  add(ids: readonly string[]): Promise<void>;
  /** The same. */
  remove(ids: readonly string[]): Promise<void>;
}

/** A damaged file is as if there were none: then nothing is owed. */
export function openOwedTriggers(file: string, logger: Logger): OwedTriggers {
  const ids = new Set(load(file, logger));
  const save = async (): Promise<void> => {
    try {
      await replaceFile(file, JSON.stringify([...ids]), PRIVATE_FILE);
    } catch (error) {
      logger.warn({ error: messageOf(error) }, 'owed triggers not written; they are kept in memory');
    }
  };
  return {
    ids,
    async add(more) {
      const before = ids.size;
      for (const id of more) ids.add(id);
      if (ids.size > before) await save();
    },
    async remove(done) {
      const before = ids.size;
      for (const id of done) ids.delete(id);
      if (ids.size < before) await save();
    },
  };
}

function load(file: string, logger: Logger): string[] {
  try {
    const ids: unknown = JSON.parse(readSmallFileIfPresent(file) ?? '[]');
    if (Array.isArray(ids) && ids.every((id) => typeof id === 'string')) return ids;
    throw new Error('it is no list of texts');
  } catch (error) {
    logger.warn({ file, error: messageOf(error) }, 'owed triggers cannot be read; none are made up for');
    return [];
  }
}
