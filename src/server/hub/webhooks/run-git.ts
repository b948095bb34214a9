/**
 * Runs the system's `git`: it asks nobody anything, runs no hook, takes no repository's word for a program, and ends in time
 * with all that it has started.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { messageOf, VigoError } from '../../../fleet/errors.ts';
import { collectOutput, killGroup } from '../../../platform/child-group.ts';
import { type Clock, deadline } from '../../../platform/clock.ts';

export interface RunGitOptions {
  /** PATH, HOME, agents and proxies for ssh and https are passed on. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Longest time, milliseconds. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly clock: Clock;
}

/** What it says goes into one line of the audit log. */
const MAX_OUTPUT_BYTES = 16 * 1024;

const SETTINGS = [
  ['core.hooksPath', '/dev/null'],
  ['core.fsmonitor', 'false'],
  ['core.askPass', ''],
  // Credentials come with the address or with the operator's ssh configuration, and from nowhere else.
  ['credential.helper', ''],
  ['submodule.recurse', 'false'],
  ['advice.detachedHead', 'false'],
  ['gc.auto', '0'],
].flatMap(([name, value]) => ['-c', `${name}=${value}`]);

const ENVIRONMENT = {
  GIT_TERMINAL_PROMPT: '0',
  GIT_ASKPASS: '',
  SSH_ASKPASS: '',
  SSH_ASKPASS_REQUIRE: 'never',
  GIT_ALLOW_PROTOCOL: 'https:http:ssh:file',
  // Its messages are in English whatever the operator speaks: they end in logs.
  LC_ALL: 'C',
};

/** How an operator says which ssh and which CA git is to use. */
const OPERATORS_OWN = ['GIT_SSH', 'GIT_SSH_COMMAND', 'GIT_SSL_CAINFO', 'GIT_SSL_CAPATH'];

/** What it has printed. Throws GIT_UNAVAILABLE if there is no git, GIT_FAILED with what it said, TIMEOUT, and the signal's reason. */
export async function runGit(args: readonly string[], options: RunGitOptions): Promise<string> {
  const { timeoutMs, signal, clock } = options;
  signal.throwIfAborted();
  const child = spawn('git', [...SETTINGS, ...args], {
    env: { ...inherited(options.env), ...ENVIRONMENT },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own, to be ended with it; and no terminal, on which ssh would ask.
    detached: true,
  });
  const limit = deadline(clock, timeoutMs, signal);
  const kill = () => killGroup(child);
  limit.signal.addEventListener('abort', kill, { once: true });
  try {
    const [out, err] = [collectOutput(child.stdout, MAX_OUTPUT_BYTES), collectOutput(child.stderr, MAX_OUTPUT_BYTES)];
    const code = await ended(child, limit.signal);
    signal.throwIfAborted();
    if (limit.signal.aborted)
      throw new VigoError('TIMEOUT', `git took longer than ${timeoutMs / 1000} s and was ended`);
    if (code !== 0) throw new VigoError('GIT_FAILED', `git ended with ${code}: ${lineOf(err())}`);
    return out();
  } finally {
    limit.signal.removeEventListener('abort', kill);
    limit.cancel();
    kill();
    child.stdout.destroy();
    child.stderr.destroy();
  }
}

function inherited(env: RunGitOptions['env']): NodeJS.ProcessEnv {
  // GIT_DIR and its kin would lead it elsewhere; tokens of this program are none of its business.
  const passed = ([name]: [string, unknown]) => !/^(GIT|VIGO)_/.test(name) || OPERATORS_OWN.includes(name);
  return Object.fromEntries(Object.entries(env).filter(passed));
}

function ended(child: ChildProcess, limit: AbortSignal): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        error.code === 'ENOENT'
          ? new VigoError(
              'GIT_UNAVAILABLE',
              'there is no git on this machine: install it, and see that PATH names it',
              {
                cause: error,
              },
            )
          : new VigoError('GIT_FAILED', `git cannot be run: ${messageOf(error)}`, { cause: error }),
      ),
    );
    child.once('close', resolve);
    // Whoever has left the group may hold its output open: it is not waited for.
    limit.addEventListener('abort', () => resolve(null), { once: true });
  });
}

/** In one line, without passwords in addresses. */
const lineOf = (text: string): string =>
  text
    .replace(/([a-z]+:\/\/)[^/@\s]*@/gi, '$1')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 500) || 'it said nothing';
