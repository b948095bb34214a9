/**
 * Publishing: an uploaded tree becomes the fleet's version, or nothing changes.
 *
 *   staged and checked → row in the history → archive kept and `.live` swapped → given to all spokes
 *
 * One at a time from the row on. A hub that is killed between row and swap finds a newest row that it does not serve: if
 * the archive is there, it is served now; if not, the publish never took place and its row is taken back.
 */
import { messageOf, VigoError } from '../../../fleet/errors.ts';
import type { Clock } from '../../../platform/clock.ts';
import type { Logger } from '../../../platform/logger.ts';
import { createMutex } from '../../../platform/mutex.ts';
import type { StacksFiles, StacksProblem } from '../../../stacks/stacks-files.ts';
import type { ArchiveHeader, LiveConfig, StagedTree } from '../../live/live-config.ts';
import type { ConfigRepository, ConfigVersionRow } from '../../store/config-repository.ts';
import type { ConfigDistribution } from './config-distribution.ts';
import { findVersion } from './find-version.ts';
import { historyRow, type PublishNote } from './history-row.ts';
import { recoverHistory } from './recover-history.ts';
import type { SpokeSync } from './spoke-line.ts';

/** Versions whose archives are kept for a rollback. */
const KEPT_VERSIONS = 50;
/** Each holds a tree in memory and on disk. */
const MAX_UPLOADS = 4;

/** Who, and why. */
export interface Published {
  readonly row: ConfigVersionRow;
  /** The fleet had it before: no row was written. */
  readonly unchanged: boolean;
  readonly spokes: readonly SpokeSync[];
}

export interface ConfigPublisher {
  /** The fleet's version; undefined before the first. */
  readonly current: ConfigVersionRow | undefined;
  /** Either problems, and nothing has changed, or what was published. Throws what `LiveConfig.stage` throws, OVERLOADED. */
  publish(
    archive: ArchiveHeader,
    chunks: AsyncIterable<Uint8Array>,
    note: PublishNote,
    signal: AbortSignal,
  ): Promise<{ problems: readonly StacksProblem[] } | Published>;
  /**
   * Publishes a version of the history again, given in full or by its first 8 characters or more. Throws INVALID_ARGUMENT,
   * CONFIG_VERSION_NOT_FOUND, STACKS_INVALID.
   */
  rollback(version: string, note: PublishNote, signal: AbortSignal): Promise<Published>;
  /** Calls `listener` when the fleet has another version, before anybody is told that it has; it must not reject. */
  onPublished(listener: (row: ConfigVersionRow) => Promise<void>): void;
}

export interface ConfigPublisherOptions {
  readonly repository: ConfigRepository;
  readonly live: LiveConfig;
  /** What is wrong with a tree; empty if nothing is. */
  readonly check: (files: StacksFiles) => readonly StacksProblem[];
  readonly distribution: Pick<ConfigDistribution, 'aim' | 'distribute'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Before anybody is served: what a crash left half-done is finished or taken back. */
export async function openConfigPublisher(options: ConfigPublisherOptions): Promise<ConfigPublisher> {
  const { repository, live, check, distribution, clock, logger } = options;
  const mutex = createMutex();
  const listeners: ((row: ConfigVersionRow) => Promise<void>)[] = [];
  let uploads = 0;
  let current = await recoverHistory(options);
  if (current) distribution.aim(current.version);

  /** Makes the staged tree the fleet's. */
  const install = async (staged: StagedTree, note: PublishNote, rollback: boolean): Promise<Installed> => {
    const before = live.current;
    if (current?.version === staged.version && before?.version === staged.version)
      return { row: current, unchanged: true };
    const [newest] = await repository.list(1);
    const row = historyRow({ number: (newest?.number ?? 0) + 1, staged, before, note, rollback, now: clock.now() });
    await repository.append(row);
    try {
      if (before?.version !== staged.version) await live.activate(staged);
    } catch (error) {
      if (live.current?.version !== row.version) {
        await repository.remove(row.number);
        throw error;
      }
      logger.error(
        { version: row.version, error: messageOf(error) },
        'config is served, but not all of it was taken in',
      );
    }
    current = row;
    distribution.aim(row.version);
    const { version, number, actor } = row;
    logger.info({ version, number, actor, rollback }, 'config published');
    for (const listener of listeners) await listener(row);
    await forgetOld();
    return { row, unchanged: false };
  };

  const forgetOld = async (): Promise<void> => {
    try {
      await live.keepOnly(await repository.newestVersions(KEPT_VERSIONS));
    } catch (error) {
      logger.warn({ error: messageOf(error) }, 'old configurations not removed');
    }
  };

  const take = async (...[archive, chunks, note, signal]: Parameters<ConfigPublisher['publish']>) => {
    const uploaded = await live.stage(archive, chunks, signal);
    const { files } = uploaded;
    await uploaded.discard();
    const problems = check(files);
    if (problems.length > 0) return { problems };
    // Packed anew: the version depends on what is in the tree, not on who packed it.
    const staged = await live.stageFiles(files);
    return installing(staged, signal, () => install(staged, note, false));
  };

  const installing = async (staged: StagedTree, signal: AbortSignal, work: () => Promise<Installed>) => {
    try {
      signal.throwIfAborted();
      return await mutex.run(work);
    } finally {
      await staged.discard();
    }
  };

  const give = async ({ row, unchanged }: Installed): Promise<Published> => {
    return { row, unchanged, spokes: await distribution.distribute(row.version, !unchanged) };
  };

  return {
    get current() {
      return current;
    },
    async publish(...upload) {
      if (uploads >= MAX_UPLOADS)
        throw new VigoError(
          'OVERLOADED',
          `${uploads} configurations are being uploaded already: try again in a minute`,
        );
      uploads++;
      const taken = await take(...upload).finally(() => uploads--);
      return 'problems' in taken ? taken : give(taken);
    },
    onPublished: (listener) => void listeners.push(listener),
    async rollback(version, note, signal) {
      const wanted = await findVersion(repository, version);
      const archive = await live.archive(wanted);
      const staged = await live.stage({ version: wanted, size: archive.size }, archive.chunks(), signal);
      return give(
        await installing(staged, signal, () => {
          refuseInvalid(wanted, check(staged.files));
          return install(staged, note, true);
        }),
      );
    },
  };
}

interface Installed {
  readonly row: ConfigVersionRow;
  readonly unchanged: boolean;
}

/** What was right when it was published may not be so for a later version of the program. */
function refuseInvalid(version: string, [first, ...more]: readonly StacksProblem[]): void {
  if (!first) return;
  const others = more.length === 0 ? '' : `, and ${more.length} more problems`;
  throw new VigoError(
    'STACKS_INVALID',
    `version ${version.slice(0, 12)} is not valid any more: ${first.file}:${first.line}:${first.column}: ${first.message}${others}`,
  );
}
