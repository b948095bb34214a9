/** A tree as files in a directory: for people and programs that look at `.live`. What is served comes from the archive. */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { StacksFiles } from '../../stacks/stacks-files.ts';

/** Makes `dir`, which must not exist, with all files in it. Paths were checked when the archive was unpacked. */
export async function writeTree(dir: string, files: StacksFiles): Promise<void> {
  await mkdir(dir, { recursive: false });
  const made = new Set<string>([dir]);
  for (const [path, content] of files) {
    const file = join(dir, path);
    const parent = dirname(file);
    if (!made.has(parent)) {
      await mkdir(parent, { recursive: true });
      made.add(parent);
    }
    await writeFile(file, content, { flag: 'wx', mode: 0o644 });
  }
}

/** Whether exactly these files are there, byte for byte. */
export async function isTreeOnDisk(dir: string, files: StacksFiles): Promise<boolean> {
  try {
    const entries = await readdir(dir, { recursive: true, withFileTypes: true });
    if (entries.some((entry) => !entry.isFile() && !entry.isDirectory())) return false;
    if (entries.filter((entry) => entry.isFile()).length !== files.size) return false;
    for (const [path, content] of files) if (!(await readFile(join(dir, path))).equals(content)) return false;
    return true;
  } catch {
    return false;
  }
}
