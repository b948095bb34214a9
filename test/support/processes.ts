/**
 * Processes of the product for one suite: started here, ended by their ids at the end. The suite fails if one of them does
 * not end, or if one has shown a fault of the program itself: a stack trace, a warning of Node, a handler that failed.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sleep, systemClock } from '../../src/platform/clock.ts';
import { CODE_CACHE } from './built-product.ts';
import { type Child, type Exit, startChild } from './child.ts';

export interface CliResult extends Exit {
  readonly stdout: string;
  readonly stderr: string;
}

export interface StartOptions {
  /** On top of an environment that has no home, no server and no token. */
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
}

export interface Processes {
  /** Throw-away folder of the suite. */
  readonly dir: string;
  start(name: string, args: readonly string[], options?: StartOptions): Child;
  /** A server: the same, once it has said "ready". */
  serve(name: string, args: readonly string[], options?: StartOptions): Promise<Child>;
  /** A command, to its end. */
  cli(args: readonly string[], options?: StartOptions): Promise<CliResult>;
  /** SIGKILL, and waits. */
  kill9(child: Child): Promise<void>;
  /** SIGTERM, and waits; the exit. */
  stop(child: Child): Promise<Exit>;
  /** Ends all and looks what they have said. Throws what is wrong with it. */
  end(): Promise<void>;
}

// No command of these suites takes longer; one that hangs is to fail, not to hold up the suite.
const CLI_TIMEOUT_MS = 40_000;
/** The program promises to stop within five seconds. */
export const STOP_MS = 5_000;

export interface ProcessesOptions {
  /** What `node` is given to run; default: `bin/run.js` of this clone. */
  readonly program?: string | undefined;
  /** Of every process, on top of the usual. */
  readonly env?: NodeJS.ProcessEnv | undefined;
}

export async function createProcesses({ program, env: usual }: ProcessesOptions = {}): Promise<Processes> {
  const dir = await mkdtemp(join(tmpdir(), 'vigo-e2e-'));
  const children: Child[] = [];
  const killAll = () => {
    for (const child of children) if (child.running) child.signal('SIGKILL');
  };
  // Whatever ends this process, its children end with it.
  process.once('exit', killAll);

  const start: Processes['start'] = (name, args, options = {}) => {
    const env = { PATH: process.env.PATH, HOME: dir, XDG_CACHE_HOME: CODE_CACHE, ...usual, ...options.env };
    const child = startChild({ name, args, env, cwd: options.cwd ?? dir, program });
    children.push(child);
    return child;
  };
  const within = async (child: Child, ms: number): Promise<Exit> => {
    const exit = await Promise.race([child.exited, sleep(systemClock, ms)]);
    if (exit) return exit;
    child.signal('SIGKILL');
    throw new Error(`${child.name} did not end within ${ms} ms; stderr: ${child.stderr()}`);
  };

  return {
    dir,
    start,
    async serve(name, args, options) {
      const child = start(name, args, options);
      await child.waitForLog('ready', (line) => line.msg === 'ready');
      return child;
    },
    async cli(args, options) {
      const child = start(`vigocli ${args.join(' ')}`, args, options);
      const exit = await within(child, CLI_TIMEOUT_MS);
      return { ...exit, stdout: child.stdout(), stderr: child.stderr() };
    },
    async kill9(child) {
      child.signal('SIGKILL');
      await child.exited;
    },
    stop(child) {
      child.signal('SIGTERM');
      return within(child, STOP_MS);
    },
    async end() {
      const left = children.filter((child) => child.running);
      for (const child of left) child.signal('SIGTERM');
      const ends = await Promise.allSettled(left.map((child) => within(child, STOP_MS)));
      killAll();
      await Promise.all(children.map((child) => child.exited));
      process.removeListener('exit', killAll);
      await rm(dir, { recursive: true, force: true });
      const hung = ends.flatMap((end) => (end.status === 'rejected' ? [String(end.reason)] : []));
      const faults = [...hung, ...children.flatMap(faultsOf)];
      if (faults.length > 0) throw new Error(faults.join('\n'));
    },
  };
}

/** Call inside `describe`. */
export function useProcesses(): Processes {
  let processes: Processes | undefined;
  before(async () => {
    processes = await createProcesses();
  });
  after(async function () {
    this.timeout(3 * STOP_MS);
    await processes?.end();
  });
  const need = () => {
    if (!processes) throw new Error('processes are there once the tests run');
    return processes;
  };
  return {
    get dir() {
      return need().dir;
    },
    start: (...args) => need().start(...args),
    serve: (...args) => need().serve(...args),
    cli: (...args) => need().cli(...args),
    kill9: (child) => need().kill9(child),
    stop: (child) => need().stop(child),
    end: () => need().end(),
  };
}

/** The one JSON document that a command has printed: anything before or behind it is an error. */
export function jsonOf<T>(result: CliResult): T {
  try {
    return JSON.parse(result.stdout) as T;
  } catch (error) {
    throw new Error(`not one JSON document (exit ${result.code}): ${result.stdout}\n${result.stderr}`, {
      cause: error,
    });
  }
}

/** The error that a command has printed with `--json`. */
export function errorOf(result: CliResult): { code: string; message: string; exit: number } {
  const { error } = jsonOf<{ error?: { code: string; message: string; exit: number } }>(result);
  if (!error) throw new Error(`no error (exit ${result.code}): ${result.stdout}`);
  return error;
}

const STACK = /^\s+at .+:\d+:\d+\)?$/m;
const NODE_WARNING = /^\(node:\d+\)/m;

function faultsOf(child: Child): string[] {
  const stderr = child.stderr();
  const failed = child.log.filter(({ msg }) => msg === 'handler failed' || msg === 'not closed properly');
  return [
    ...(STACK.test(stderr) || NODE_WARNING.test(stderr) ? [`${child.name} wrote to stderr:\n${stderr}`] : []),
    ...failed.map((line) => `${child.name} logged: ${JSON.stringify(line)}`),
  ];
}
