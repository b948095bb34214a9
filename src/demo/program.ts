/** The program itself as child processes: one that runs to its end, one that stays. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { VigoError } from '../fleet/errors.ts';
import { type Clock, sleep } from '../platform/clock.ts';

/** Time for a server to say "ready", for an agent to check in: on a slow, busy machine a start takes some seconds. */
const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 8_000;

export interface Program {
  /** Path of bin/run.js. */
  readonly file: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Runs a command to its end; its output goes where ours goes, or, with `quiet`, only its stdout is returned. */
export async function runCommand(
  program: Program,
  args: readonly string[],
  quiet: boolean,
): Promise<{ code: number; stdout: string }> {
  const child = spawn(process.execPath, [program.file, ...args], {
    env: program.env,
    stdio: ['ignore', quiet ? 'pipe' : 'inherit', quiet ? 'pipe' : 'inherit'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const [code] = (await once(child, 'close')) as [number | null];
  if (quiet && code !== 0)
    throw new VigoError('INTERNAL', `vigocli ${args[0]} ${args[1] ?? ''} failed: ${stderr.trim()}`);
  return { code: code ?? 1, stdout: stdout.trim() };
}

export interface Daemon {
  readonly name: string;
  readonly pid: number;
  /** The fields of the log line that it was waited for. */
  readonly started: Record<string, unknown>;
  stop(): Promise<void>;
}

export interface DaemonOptions {
  readonly name: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** The message of the log line that says that it runs. */
  readonly until: string;
  readonly logFile: string;
  readonly clock: Clock;
}

/** Starts a server or an agent and waits until its log says that it runs. Throws with the end of its log otherwise. */
export async function startDaemon(program: Program, options: DaemonOptions): Promise<Daemon> {
  const { name, clock } = options;
  const child = spawn(process.execPath, [program.file, ...options.args], {
    env: { ...program.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    // Ctrl-C is for the demo alone: it stops them in order.
    detached: true,
  });
  const log = createWriteStream(options.logFile);
  child.stderr?.pipe(log, { end: false });
  try {
    const started = await waitForLine(child, options, (line) => log.write(`${line}\n`));
    return { name, pid: child.pid as number, started, stop: () => stopChild(child, clock) };
  } catch (error) {
    await stopChild(child, clock);
    throw error;
  }
}

function waitForLine(
  child: ChildProcess,
  options: DaemonOptions,
  write: (line: string) => void,
): Promise<Record<string, unknown>> {
  return new Promise((resolve, reject) => {
    const tail: string[] = [];
    const fail = (why: string) =>
      reject(
        new VigoError('INTERNAL', `${options.name} ${why}; its last words: ${tail.slice(-3).join(' | ') || '(none)'}`),
      );
    const timer = options.clock.after(START_TIMEOUT_MS, () => fail(`did not say "${options.until}"`));
    child.once('exit', (code) => fail(`ended with ${code}`));
    child.once('error', (error) => fail(`could not be started: ${error.message}`));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => tail.push(text.trim()));
    createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (line) => {
      tail.push(line);
      write(line);
      const fields = parseLine(line);
      if (fields?.msg !== options.until) return;
      timer.cancel();
      resolve(fields);
    });
  });
}

function parseLine(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

async function stopChild(child: ChildProcess, clock: Clock): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const done = await Promise.race([exited.then(() => true), sleep(clock, STOP_TIMEOUT_MS).then(() => false)]);
  if (done) return;
  child.kill('SIGKILL');
  await exited;
}
