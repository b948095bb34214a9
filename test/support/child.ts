/** One process of the product: what it logs, what it complains about, how it ends. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { systemClock } from '../../src/platform/clock.ts';
import { PROGRAM } from './built-product.ts';

/** A line of the log. */
export interface LogRecord {
  readonly level: string;
  readonly msg: string;
  readonly time: string;
  readonly [field: string]: unknown;
}

export interface Exit {
  /** Null if a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface Child {
  readonly name: string;
  readonly pid: number;
  readonly running: boolean;
  /** Lines of stdout that are JSON objects with a message, so far. */
  readonly log: readonly LogRecord[];
  stdout(): string;
  stderr(): string;
  /** Resolves once it has ended and all of its output is here. */
  readonly exited: Promise<Exit>;
  /** The first such line, from the `from`-th on; rejects when the process ends or the time is up without it. */
  waitForLog(what: string, match: (line: LogRecord) => boolean, options?: WaitForLog): Promise<LogRecord>;
  signal(signal: NodeJS.Signals): void;
}

interface WaitForLog {
  readonly from?: number;
  readonly timeoutMs?: number;
}

export interface ChildOptions {
  readonly name: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  /** Default: `bin/run.js` of this clone. */
  readonly program?: string | undefined;
}

/** Runs the program with this very Node. */
export function startChild(options: ChildOptions): Child {
  const process_ = spawn(process.execPath, [options.program ?? PROGRAM, ...options.args], {
    cwd: options.cwd,
    env: options.env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return watchChild(options.name, process_);
}

function watchChild(name: string, child: ChildProcessByStdio<null, Readable, Readable>): Child {
  const log: LogRecord[] = [];
  const waiting = new Set<() => void>();
  let stdout = '';
  let stderr = '';
  let unread = '';
  let running = true;
  const wake = () => {
    for (const look of waiting) look();
  };
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    stdout += chunk;
    const lines = (unread + chunk).split('\n');
    unread = lines.pop() ?? '';
    log.push(...lines.flatMap(parseLine));
    wake();
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
  child.once('exit', () => {
    running = false;
  });
  const exited = new Promise<Exit>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      running = false;
      resolve({ code, signal });
      wake();
    });
  });
  const described = () => `${name} said:\n${tail(stdout)}${stderr}`;

  return {
    name,
    pid: child.pid ?? 0,
    get running() {
      return running;
    },
    log,
    stdout: () => stdout,
    stderr: () => stderr,
    exited,
    waitForLog: (what, match, { from = 0, timeoutMs = 15_000 } = {}) =>
      new Promise((resolve, reject) => {
        const end = (settle: () => void) => {
          waiting.delete(look);
          timer.cancel();
          settle();
        };
        const look = () => {
          const found = log.slice(from).find(match);
          if (found) end(() => resolve(found));
          else if (!running) end(() => reject(new Error(`${name} ended before it logged ${what}; ${described()}`)));
        };
        const timer = systemClock.after(timeoutMs, () =>
          end(() => reject(new Error(`${name} did not log ${what} within ${timeoutMs} ms; ${described()}`))),
        );
        waiting.add(look);
        look();
      }),
    signal: (signal) => void child.kill(signal),
  };
}

function parseLine(line: string): LogRecord[] {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && 'msg' in value ? [value as LogRecord] : [];
  } catch {
    return [];
  }
}

const tail = (text: string): string => text.split('\n').slice(-15).join('\n');
