/** Programs of the machine: bounded in time and output, and ended with everything that they started. */
import { type ChildProcess, spawn } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { join } from 'node:path';
import { collectOutput, killGroup } from '../../platform/child-group.ts';
import { type Clock, deadline, sleep } from '../../platform/clock.ts';
import type { CommandResult, ResourceHost } from '../../resources/resource-host.ts';
import { rootedPath } from './rooted-path.ts';

const DEFAULT_TIMEOUT_MS = 5 * 60_000;
const MAX_OUTPUT_BYTES = 64 * 1024;
/** Output that is still on its way when a program has ended arrives at once. */
const OUTPUT_GRACE_MS = 500;
/** What an agent that was started by hand or by systemd can rely on. */
const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export interface HostCommandsOptions {
  readonly root: string;
  /** Ends all programs. */
  readonly signal: AbortSignal;
  /** Where programs are looked for; default as above. */
  readonly path?: string;
  readonly clock: Clock;
}

export function createHostCommands(options: HostCommandsOptions): Pick<ResourceHost, 'run' | 'hasProgram' | 'pause'> {
  const { root, signal, path = DEFAULT_PATH, clock } = options;
  return {
    async run(program, args, { cwd = '/', env = {}, stdin = '', timeoutMs = DEFAULT_TIMEOUT_MS } = {}) {
      signal.throwIfAborted();
      const child = spawn(program, args, {
        cwd: await rootedPath(root, cwd),
        env: { PATH: path, LC_ALL: 'C.UTF-8', HOME: process.env.HOME ?? '/', VIGO_ROOT: root, ...env },
        stdio: ['pipe', 'pipe', 'pipe'],
        // A group of its own, so that what it starts can be ended with it.
        detached: true,
      });
      const limit = deadline(clock, timeoutMs, signal);
      const kill = () => killGroup(child);
      limit.signal.addEventListener('abort', kill, { once: true });
      try {
        const [out, err] = [
          collectOutput(child.stdout, MAX_OUTPUT_BYTES),
          collectOutput(child.stderr, MAX_OUTPUT_BYTES),
        ];
        child.stdin.on('error', () => undefined);
        child.stdin.end(stdin);
        const exitCode = await ended(child, limit.signal, clock);
        signal.throwIfAborted();
        if (limit.signal.aborted) throw new Error(`${program} took longer than ${timeoutMs / 1000} s and was ended`);
        return { exitCode, stdout: out(), stderr: err() } satisfies CommandResult;
      } finally {
        limit.signal.removeEventListener('abort', kill);
        limit.cancel();
        kill();
        // Whoever has inherited them and left the group may hold them open for ever.
        for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy();
      }
    },
    async hasProgram(name) {
      for (const folder of path.split(':')) {
        const found = await access(join(folder, name), constants.X_OK).then(
          () => true,
          () => false,
        );
        if (found) return true;
      }
      return false;
    },
    async pause(ms) {
      await sleep(clock, ms, signal);
      signal.throwIfAborted();
    },
  };
}

/** Its exit code: what it has started in the background and what cannot be killed are not waited for. */
function ended(child: ChildProcess, limit: AbortSignal, clock: Clock): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
    child.on('exit', (code) => clock.after(OUTPUT_GRACE_MS, () => resolve(code)));
    limit.addEventListener('abort', () => clock.after(OUTPUT_GRACE_MS, () => resolve(null)), { once: true });
  });
}
