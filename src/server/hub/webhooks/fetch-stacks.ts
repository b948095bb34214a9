/** Takes the stacks of a webhook out of its repository, by way of a fresh folder that is removed again. */
import { mkdir, mkdtemp, realpath, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { VigoError } from '../../../fleet/errors.ts';
import type { Clock } from '../../../platform/clock.ts';
import { readStacksDir } from '../../../stacks/read-stacks-dir.ts';
import type { StacksFiles } from '../../../stacks/stacks-files.ts';
import type { WebhookConfig } from '../../config/server-config.ts';
import { runGit } from './run-git.ts';
import type { FetchedStacks } from './webhook-source.ts';

/** What server.yaml says of it. */
export type GitSource = Pick<WebhookConfig, 'name' | 'branch' | 'path'> & { readonly repository: string };

/**
 * The stacks in the newest commit. Throws GIT_UNAVAILABLE, GIT_FAILED, TIMEOUT, CONFIG_NOT_FOUND, STACKS_INVALID; with `signal`, its
 * reason.
 */
export type FetchStacks = (source: GitSource, signal: AbortSignal) => Promise<FetchedStacks>;

export interface FetchStacksOptions {
  /** Of this alone; what a process that was killed has left in it is removed. */
  readonly workDir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Longest time of a clone, milliseconds; default 2 minutes: some 100 MiB over a slow line. */
  readonly timeoutMs?: number;
  readonly clock: Clock;
}

const DEFAULT_PATH = 'stacks';
const CLONE = ['clone', '--quiet', '--depth=1', '--single-branch', '--no-tags', '--no-local', '--template='];

export async function openFetchStacks(options: FetchStacksOptions): Promise<FetchStacks> {
  const { workDir, env, timeoutMs = 120_000, clock } = options;
  await rm(workDir, { recursive: true, force: true });
  return async (source, signal) => {
    await mkdir(workDir, { recursive: true, mode: 0o700 });
    const dir = await realpath(await mkdtemp(join(workDir, `${source.name}-`)));
    try {
      const git = (args: readonly string[]) => runGit(args, { env, timeoutMs, signal, clock });
      const branch = source.branch === undefined ? [] : [`--branch=${source.branch}`];
      await git([...CLONE, ...branch, '--no-recurse-submodules', '--', source.repository, dir]);
      const head = await git(['-C', dir, 'show', '--no-patch', '--no-show-signature', '--format=%H%n%s', 'HEAD']);
      const [commit = '', subject = ''] = head.split('\n');
      return { files: await readTree(dir, source), commit, subject };
    } finally {
      await rm(dir, { recursive: true, force: true });
    }
  };
}

async function readTree(dir: string, source: GitSource): Promise<StacksFiles> {
  const path = source.path ?? ((await isDirectory(join(dir, DEFAULT_PATH))) ? DEFAULT_PATH : '.');
  const tree = join(dir, path);
  if (!(await isDirectory(tree)))
    throw new VigoError('CONFIG_NOT_FOUND', `the repository has no directory "${path}": see "path" of the webhook`);
  // A link in the repository does not lead out of it, to files of this machine.
  if ((await realpath(tree)) !== tree)
    throw new VigoError('STACKS_INVALID', `"${path}" in the repository is, or lies behind, a link`);
  try {
    return await readStacksDir(tree);
  } catch (error) {
    if (!(error instanceof VigoError)) throw error;
    // Where it lay for a moment helps nobody.
    throw new VigoError(error.code, error.message.replaceAll(`${dir}/`, '').replaceAll(dir, 'the repository'), {
      cause: error,
    });
  }
}

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false;
  }
}
