/** A block of the page in a real shell. */
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { systemClock } from '../../../src/platform/clock.ts';

/** No command of the page takes longer in a fleet so small. */
const TIMEOUT_MS = 60_000;

/** What it printed on stdout; throws with all of it if it does not end with 0. */
export async function runBash(script: string, env: NodeJS.ProcessEnv, cwd: string): Promise<string> {
  // A group of its own, so that what hangs in it ends with it.
  const child = spawn('bash', ['-euo', 'pipefail', '-c', script], {
    ...{ env, cwd, detached: true },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const timer = systemClock.after(TIMEOUT_MS, () => child.pid && process.kill(-child.pid, 'SIGKILL'));
  const closed = new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(code ?? signal));
  });
  const [out, error, end] = await Promise.all([text(child.stdout), text(child.stderr), closed]);
  timer.cancel();
  if (end !== 0) throw new Error(`ended with ${end}:\n${script}\n--- stdout\n${out}--- stderr\n${error}`);
  return out;
}
