/** Where a backup is written. */
import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';

export interface BackupName {
  /** Of the server: its spoke id or its role. */
  readonly name: string;
  readonly encrypted: boolean;
  /** Milliseconds since 1970 UTC. */
  readonly now: number;
}

/** `out`: a file, or a directory that exists, or one that is meant as such by a slash at its end. Absolute. */
export async function backupTarget(out: string, { name, encrypted, now }: BackupName): Promise<string> {
  const path = resolve(out);
  const isDirectory = out.endsWith('/') || (await stat(path).catch(() => undefined))?.isDirectory() === true;
  if (!isDirectory) return path;
  const time = new Date(now)
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replace(/[-:]/g, '');
  return join(path, `vigo-${name}-${time}.tar.gz${encrypted ? '.enc' : ''}`);
}
