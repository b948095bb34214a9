/** A version of the history by how it begins, as people copy it from a table. */
import { VigoError } from '../../../fleet/errors.ts';
import type { ConfigRepository } from '../../store/config-repository.ts';

const MAX_NAMED = 5;

/** The version in full. Throws INVALID_ARGUMENT, CONFIG_VERSION_NOT_FOUND. */
export async function findVersion(repository: Pick<ConfigRepository, 'versionsLike'>, text: string): Promise<string> {
  const prefix = text.toLowerCase();
  if (!/^[0-9a-f]{8,64}$/.test(prefix)) {
    throw new VigoError(
      'INVALID_ARGUMENT',
      `${JSON.stringify(text.slice(0, 80))} is no version: give at least the first 8 of its 64 hex digits`,
    );
  }
  const found = await repository.versionsLike(prefix, MAX_NAMED + 1);
  const [version] = found;
  if (version === undefined)
    throw new VigoError(
      'CONFIG_VERSION_NOT_FOUND',
      `no version begins with ${prefix}: \`vigocli config history\` shows all of them`,
    );
  if (found.length === 1) return version;
  const named = found.slice(0, MAX_NAMED).join(', ');
  const more = found.length > MAX_NAMED ? ', and more' : '';
  throw new VigoError(
    'CONFIG_VERSION_NOT_FOUND',
    `${prefix} is the beginning of more than one version: ${named}${more}`,
  );
}
