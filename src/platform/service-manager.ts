/**
 * Tells systemd how the program is: ready, reloading, stopping, alive.
 *
 * Node cannot send to the socket that systemd listens on, so `systemd-notify` does it (docs/adr/0016). One message at a time, in
 * order, and nobody waits for them: whether systemd listens changes nothing for the program.
 */
import { spawn } from 'node:child_process';
import { messageOf } from '../fleet/errors.ts';
import type { Clock, Timer } from './clock.ts';
import type { Logger } from './logger.ts';

export interface ServiceManager {
  /** The program has started, or has reloaded. From the first time on it says regularly that it is alive, if it is asked to. */
  ready(): void;
  reloading(): void;
  stopping(): void;
}

export interface ServiceManagerOptions {
  /** What systemd has set, see `takeServiceManagerEnv`. */
  readonly env: ServiceManagerEnv;
  readonly clock: Pick<Clock, 'after'>;
  readonly logger: Logger;
  /** CLOCK_MONOTONIC in microseconds; default: the system's. */
  readonly monotonicUs?: () => bigint;
  /** Sends one message, made of such words; default: with `systemd-notify`. Rejects if it could not. */
  readonly send?: (words: readonly string[]) => Promise<void>;
}

export interface ServiceManagerEnv {
  readonly NOTIFY_SOCKET?: string | undefined;
  readonly WATCHDOG_USEC?: string | undefined;
  readonly WATCHDOG_PID?: string | undefined;
  readonly PATH?: string | undefined;
}

/** Takes systemd's variables out of `env`: programs that this one starts are not to speak for it. */
export function takeServiceManagerEnv(env: NodeJS.ProcessEnv): ServiceManagerEnv {
  const { NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID, PATH } = env;
  for (const name of ['NOTIFY_SOCKET', 'WATCHDOG_USEC', 'WATCHDOG_PID']) delete env[name];
  return { NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID, PATH };
}

/** It waits for systemd's own answer, 5 s at most. */
const SEND_TIMEOUT_MS = 10_000;
/** More of them wait only if none gets through: then the newest count. */
const MAX_WAITING = 8;

/** Does nothing where no systemd waits to be told. */
export function createServiceManager(options: ServiceManagerOptions): ServiceManager {
  const { env, clock, logger, monotonicUs = () => process.hrtime.bigint() / 1_000n } = options;
  if (!env.NOTIFY_SOCKET) return { ready() {}, reloading() {}, stopping() {} };
  const send = options.send ?? ((words) => notify(words, env, clock));
  const watchdogMs = watchdogInterval(env);
  const waiting: (readonly string[])[] = [];
  let sending = false;
  let complained = false;
  let timer: Timer | undefined;

  const sendNow = (words: readonly string[]): Promise<void> =>
    send(words).catch((error: unknown) => {
      if (!complained) logger.warn({ error: messageOf(error) }, 'systemd could not be told');
      complained = true;
    });
  const sendWaiting = async (): Promise<void> => {
    if (sending) return;
    sending = true;
    for (let words = waiting.shift(); words; words = waiting.shift()) await sendNow(words);
    sending = false;
  };
  const tell = (...words: string[]): void => {
    if (waiting.length >= MAX_WAITING) waiting.shift();
    waiting.push(words);
    void sendWaiting();
  };
  const beat = (): void => {
    // One that waits is enough: behind a slow message they must not push out what else there is to tell.
    if (!waiting.some(([word]) => word === 'WATCHDOG=1')) tell('WATCHDOG=1');
    timer = clock.after(watchdogMs, beat);
  };
  return {
    ready() {
      tell('READY=1');
      if (watchdogMs > 0 && !timer) timer = clock.after(watchdogMs, beat);
    },
    reloading: () => tell('RELOADING=1', `MONOTONIC_USEC=${monotonicUs()}`),
    stopping() {
      // At once, because the program may end before its turn comes; what it has not said by now is not true any more.
      timer?.cancel();
      waiting.length = 0;
      void sendNow(['STOPPING=1']);
    },
  };
}

/** Half of what systemd allows, as it recommends; 0 if it does not watch this process. */
function watchdogInterval({ WATCHDOG_USEC, WATCHDOG_PID }: ServiceManagerEnv): number {
  if (WATCHDOG_PID && WATCHDOG_PID !== String(process.pid)) return 0;
  const usec = Number(WATCHDOG_USEC);
  return Number.isSafeInteger(usec) && usec > 0 ? Math.max(1, usec / 2_000) : 0;
}

function notify(words: readonly string[], env: ServiceManagerEnv, clock: Pick<Clock, 'after'>): Promise<void> {
  return new Promise((resolve, reject) => {
    const { PATH, NOTIFY_SOCKET } = env;
    const child = spawn('systemd-notify', words, { env: { PATH, NOTIFY_SOCKET }, stdio: 'ignore' });
    // The last message is still under way when the program has ended.
    child.unref();
    const limit = clock.after(SEND_TIMEOUT_MS, () => child.kill('SIGKILL'));
    const settle = (error?: Error) => {
      limit.cancel();
      if (error) reject(error);
      else resolve();
    };
    child.once('error', settle);
    child.once('exit', (code, signal) =>
      settle(code === 0 ? undefined : new Error(`systemd-notify ${words.join(' ')}: ${signal ?? `exit ${code}`}`)),
    );
  });
}
