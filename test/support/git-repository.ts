/** A real repository on this machine's disk, with a branch "main" to push to. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

export interface GitRepository {
  /** Where it lies; "file://" of it is an address too. */
  readonly dir: string;
  /** Writes the files, path → text, and commits all there is; the id of the commit. */
  commit(files: Readonly<Record<string, string>>, message?: string): Promise<string>;
  /** Commits a link; the id of the commit. */
  link(path: string, target: string): Promise<string>;
  /** Any other command. */
  git(...args: string[]): Promise<string>;
  remove(): Promise<void>;
}

/** What anybody's own configuration says does not matter here. */
const ENV = {
  PATH: process.env.PATH,
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'Tester',
  GIT_AUTHOR_EMAIL: 'tester@example.com',
  GIT_COMMITTER_NAME: 'Tester',
  GIT_COMMITTER_EMAIL: 'tester@example.com',
};

export async function createGitRepository(): Promise<GitRepository> {
  const dir = await mkdtemp(join(tmpdir(), 'vigo-git-'));
  const git = async (...args: string[]) => (await promisify(execFile)('git', args, { cwd: dir, env: ENV })).stdout;
  await git('init', '--quiet', '--initial-branch=main');
  const commitAll = async (message: string) => {
    await git('add', '--all');
    await git('commit', '--quiet', '--message', message);
    return (await git('rev-parse', 'HEAD')).trim();
  };
  return {
    dir,
    git,
    async commit(files, message = 'a change') {
      for (const [path, text] of Object.entries(files)) {
        await mkdir(dirname(join(dir, path)), { recursive: true });
        await writeFile(join(dir, path), text);
      }
      return commitAll(message);
    },
    async link(path, target) {
      await symlink(target, join(dir, path));
      return commitAll('a link');
    },
    remove: () => rm(dir, { recursive: true, force: true }),
  };
}
