/** A server or an agent that is killed, stopped and started again: one name, many lives. */
import { sleep, systemClock } from '../../../src/platform/clock.ts';
import { CODE_CACHE } from '../../support/built-product.ts';
import { type Child, startChild } from '../../support/child.ts';
import type { Violations } from '../violations.ts';
import type { Reaper } from './reaper.ts';

export interface ManagedProcess {
  readonly name: string;
  /** changing: it starts, has been told to end, or may end at any moment. */
  readonly state: 'up' | 'paused' | 'changing' | 'down';
  /** Grows with everything that is done to it: an answer that began and ended under one number was not disturbed. */
  readonly disturbances: number;
  /** Every life, the last one last. */
  readonly lives: readonly Child[];
  /** Resolves when it says that it runs; at once if it runs already. */
  start(env?: NodeJS.ProcessEnv): Promise<void>;
  /** SIGKILL, and waits. */
  kill(): Promise<void>;
  pause(): void;
  resume(): void;
  /** SIGTERM: it must end well, and in time. */
  stop(): Promise<void>;
  /** From now on it may end by itself. */
  expectDeath(): void;
}

export interface ManagedProcessOptions {
  readonly name: string;
  readonly args: readonly string[];
  readonly dir: string;
  readonly env: NodeJS.ProcessEnv;
  /** Message of the log line that says that it runs. */
  readonly ready: string;
  readonly reaper: Reaper;
  readonly violations: Violations;
}

// Generous: thirty of them may start on two busy cores.
const START_MS = 90_000;
// The program promises five seconds; it may have to wait for a core that long again.
const STOP_MS = 20_000;

export function createManagedProcess(options: ManagedProcessOptions): ManagedProcess {
  const { name, reaper, violations } = options;
  const lives: Child[] = [];
  let state: ManagedProcess['state'] = 'down';
  let disturbances = 0;
  let doomed: Child | undefined;

  const current = (): Child | undefined => lives.at(-1);
  const became = (next: ManagedProcess['state']): void => {
    state = next;
    disturbances++;
  };
  const watch = (child: Child): void => {
    reaper.watch(child.pid);
    void child.exited.then(({ code, signal }) => {
      reaper.forget(child.pid);
      if (child === current()) became('down');
      if (child !== doomed)
        violations.add(`${name} ended by itself`, `exit ${code ?? signal}; stderr: ${child.stderr().slice(-2_000)}`);
    });
  };
  const doom = (): Child | undefined => {
    if (state === 'down') return undefined;
    doomed = current();
    became('changing');
    return doomed;
  };

  return {
    name,
    lives,
    get state() {
      return state;
    },
    get disturbances() {
      return disturbances;
    },
    async start(more) {
      if (state !== 'down') return;
      became('changing');
      const env = { PATH: process.env.PATH, HOME: options.dir, XDG_CACHE_HOME: CODE_CACHE, ...options.env, ...more };
      const child = startChild({ name, args: options.args, env, cwd: options.dir });
      lives.push(child);
      watch(child);
      await child.waitForLog(options.ready, ({ msg }) => msg === options.ready, { timeoutMs: START_MS });
      became('up');
    },
    async kill() {
      const child = doom();
      child?.signal('SIGKILL');
      await child?.exited;
    },
    pause() {
      if (state !== 'up') return;
      current()?.signal('SIGSTOP');
      became('paused');
    },
    resume() {
      if (state !== 'paused') return;
      current()?.signal('SIGCONT');
      became('up');
    },
    async stop() {
      if (state === 'paused') current()?.signal('SIGCONT');
      const child = doom();
      child?.signal('SIGTERM');
      const exit = await Promise.race([child?.exited, sleep(systemClock, STOP_MS)]);
      if (!child) return;
      if (!exit) violations.add(`${name} did not stop within ${STOP_MS} ms`, child.stderr().slice(-2_000));
      else if (exit.code !== 0) violations.add(`${name} did not stop well`, `exit ${exit.code ?? exit.signal}`);
      child.signal('SIGKILL');
      await child.exited;
    },
    expectDeath: () => void doom(),
  };
}
