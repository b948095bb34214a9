/** Processes that a benchmark starts, and stops by their own id. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import type { BenchContext } from './benchmark.ts';

export const ROOT = join(import.meta.dirname, '..', '..');

/** What a server says when it can be reached. */
export interface ReadyLine {
  readonly grpc: string;
  readonly api?: string;
}

export interface RunningServer {
  readonly pid: number;
  readonly ready: ReadyLine;
  stop(): Promise<void>;
}

const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 10_000;

/** Starts `node ARGS` and waits for its line `{"msg":"ready",...}`. Throws with what it said instead. */
export async function startServer(
  context: BenchContext,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<RunningServer> {
  const child = spawn(process.execPath, [...args], {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const stop = () => stopProcess(child);
  context.cleanup.defer(stop);
  let said = '';
  child.stderr.on('data', (chunk) => {
    said = `${said}${chunk}`.slice(-4_000);
  });
  const ready = new Promise<ReadyLine>((resolve) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      said = `${said}${line}\n`.slice(-4_000);
      if (line.includes('"msg":"ready"')) resolve(JSON.parse(line));
    });
  });
  const failed = Promise.race([
    once(child, 'exit').then(() => 'it ended'),
    wait(START_TIMEOUT_MS, `not ready after ${START_TIMEOUT_MS} ms`, { ref: false }),
  ]);
  const answer = await Promise.race([ready, failed]);
  if (typeof answer === 'string') throw new Error(`node ${args.join(' ')}: ${answer}\n${said}`);
  return { pid: child.pid as number, ready: answer, stop };
}

export async function stopProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  // A process that was stopped hears SIGTERM only when it goes on.
  child.kill('SIGCONT');
  child.kill('SIGTERM');
  if ((await Promise.race([ended, wait(STOP_TIMEOUT_MS, 'slow', { ref: false })])) === 'slow') {
    child.kill('SIGKILL');
    await ended;
  }
}

/** Runs `node ARGS` to its end, output thrown away; returns how long it took, milliseconds. Throws if it fails. */
export async function timeProcess(args: readonly string[], env: Readonly<Record<string, string>>): Promise<number> {
  const begin = performance.now();
  const child = spawn(process.execPath, [...args], {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk) => {
    said += chunk;
  });
  const [code] = await once(child, 'exit');
  const took = performance.now() - begin;
  if (code !== 0) throw new Error(`node ${args.join(' ')} ended with ${code}: ${said}`);
  return took;
}
