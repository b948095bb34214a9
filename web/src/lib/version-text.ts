/** Published versions in words, as in the command line. */
import type { ConfigVersion } from '../../../src/gen/vigo/v1/admin_pb.js';
import { count, counted } from './numbers.ts';

type Changes = Pick<ConfigVersion, 'filesChanged' | 'added' | 'changed' | 'removed'>;

/** "3 files: 1 added, 2 changed". */
export function changesText({ filesChanged, added, changed, removed }: Changes): string {
  if (filesChanged === 0) return 'no file changed';
  const files = counted(filesChanged, 'file');
  // Of more than a hundred only some are named, so that they cannot be counted here.
  if (added.length + changed.length + removed.length < filesChanged) return `${files} changed`;
  const parts = [
    { names: added, what: 'added' },
    { names: changed, what: 'changed' },
    { names: removed, what: 'removed' },
  ];
  const named = parts
    .filter(({ names }) => names.length > 0)
    .map(({ names, what }) => `${count(names.length)} ${what}`);
  return `${files}: ${named.join(', ')}`;
}
