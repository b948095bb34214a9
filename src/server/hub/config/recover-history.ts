/** Makes `.live` and the history agree when a hub starts. */
import { VigoError } from '../../../fleet/errors.ts';
import type { Logger } from '../../../platform/logger.ts';
import type { LiveConfig } from '../../live/live-config.ts';
import type { ConfigRepository, ConfigVersionRow } from '../../store/config-repository.ts';

export interface RecoverOptions {
  readonly repository: ConfigRepository;
  readonly live: LiveConfig;
  readonly logger: Logger;
}

/** The row of the fleet's version; undefined if nothing was published. */
export async function recoverHistory({
  repository,
  live,
  logger,
}: RecoverOptions): Promise<ConfigVersionRow | undefined> {
  const [newest, before] = await repository.list(2);
  const served = live.current?.version;
  if (!newest || newest.version === served) return newest;
  if (await activateKept(live, newest.version)) {
    logger.warn({ version: newest.version, served }, 'config published by the last process is served now');
    return newest;
  }
  if (served === before?.version) {
    // Nobody was told that it is published, and no spoke has it.
    await repository.remove(newest.number);
    logger.warn(
      { version: newest.version, actor: newest.actor },
      'config taken back: the last process ended while it was published',
    );
    return before;
  }
  logger.error({ version: newest.version, served }, 'the published config is lost: publish it again');
  return newest;
}

async function activateKept(live: LiveConfig, version: string): Promise<boolean> {
  try {
    const { size, chunks } = await live.archive(version);
    const staged = await live.stage({ version, size }, chunks(), new AbortController().signal);
    try {
      await live.activate(staged);
    } finally {
      await staged.discard();
    }
    return true;
  } catch (error) {
    const lost = error instanceof VigoError && ['CONFIG_VERSION_NOT_FOUND', 'ARCHIVE_INVALID'].includes(error.code);
    if (lost) return false;
    throw error;
  }
}
