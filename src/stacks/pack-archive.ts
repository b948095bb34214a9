/**
 * Packs a tree: the same files give the same bytes, whoever packs them, so that the digest names the tree.
 *
 * Only regular files are in it, sorted, with fixed owner, mode and time. The version is the digest of the tar.gz.
 */
import { createHash } from 'node:crypto';
import { VigoError } from '../fleet/errors.ts';
import { tarGz } from '../platform/tar-gz.ts';
import type { StacksFiles } from './stacks-files.ts';
import { pathProblem, STACKS_LIMITS } from './stacks-limits.ts';

export interface PackedArchive {
  /** Lower-case hex SHA-256 of the bytes. */
  readonly version: string;
  /** A tar.gz. */
  readonly bytes: Buffer;
}

/** Throws STACKS_INVALID for a path that no archive may have, and for a tree that is too large. */
export async function packArchive(files: StacksFiles): Promise<PackedArchive> {
  for (const path of files.keys()) {
    const problem = pathProblem(path);
    if (problem) throw new VigoError('STACKS_INVALID', `${JSON.stringify(path)}: ${problem}`);
  }
  const bytes = await tarGz([...files].map(([path, content]) => ({ path, content })));
  if (bytes.length > STACKS_LIMITS.archiveBytes) {
    throw new VigoError(
      'STACKS_INVALID',
      `the packed tree has ${bytes.length} bytes, at most ${STACKS_LIMITS.archiveBytes} are allowed`,
    );
  }
  return { version: createHash('sha256').update(bytes).digest('hex'), bytes };
}
