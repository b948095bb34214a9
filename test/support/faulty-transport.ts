/** The way to a process in memory, which can be down, silent, or lose an answer. */
import { Code, ConnectError, type Transport } from '@connectrpc/connect';
import type { Clock } from '../../src/platform/clock.ts';

export interface FaultyTransportOptions {
  /** The process that answers now; undefined while it is down. */
  readonly process: () => Transport | undefined;
  /** Whether it is silent: then a call ends by its own deadline or signal only. */
  readonly silent: () => boolean;
  /** Whether the answer to a call that was carried out gets lost. */
  readonly losesAnswer: (method: string) => boolean;
  /** Before each call, and before its answer is seen: throws if the caller is dead. */
  readonly step: (method: string) => void;
  readonly clock: Clock;
}

const unavailable = (why: string) => new ConnectError(why, Code.Unavailable);

export function createFaultyTransport(options: FaultyTransportOptions): Transport {
  const enter = async (method: string, signal: AbortSignal | undefined, timeoutMs: number | undefined) => {
    options.step(method);
    if (options.silent()) await silence(options.clock, signal, timeoutMs);
    const process = options.process();
    if (!process) throw unavailable('connection refused');
    return process;
  };
  const alive = (process: Transport, method: string): void => {
    if (options.process() !== process || options.losesAnswer(method)) throw unavailable('the connection was cut');
  };
  return {
    async unary(method, signal, timeoutMs, header, input, values) {
      const process = await enter(method.name, signal, timeoutMs);
      try {
        // Deadlines are kept by the test's clock alone.
        return await process.unary(method, signal, undefined, header, input, values);
      } finally {
        alive(process, method.name);
      }
    },
    async stream(method, signal, timeoutMs, header, input, values) {
      const process = await enter(method.name, signal, timeoutMs);
      const response = await process.stream(method, signal, undefined, header, input, values);
      const guarded = async function* () {
        for await (const message of response.message) {
          if (options.silent()) await silence(options.clock, signal, timeoutMs);
          alive(process, method.name);
          yield message;
        }
      };
      return { ...response, message: guarded() };
    },
  };
}

/** Never answers: rejects when the caller has waited long enough. */
function silence(clock: Clock, signal: AbortSignal | undefined, timeoutMs: number | undefined): Promise<never> {
  return new Promise((_, reject) => {
    const onAbort = () => reject(ConnectError.from(signal?.reason, Code.Canceled));
    if (signal?.aborted) return onAbort();
    signal?.addEventListener('abort', onAbort, { once: true });
    if (timeoutMs !== undefined) {
      clock.after(timeoutMs, () => reject(new ConnectError('the operation timed out', Code.DeadlineExceeded)));
    }
  });
}
