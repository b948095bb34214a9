/** Which calls a server still works on: also those whose callers are gone, because what they do goes on. */
import type { Interceptor, StreamResponse } from '@connectrpc/connect';

export interface RunningCalls {
  /** Goes around everything. */
  readonly interceptor: Interceptor;
  readonly count: number;
  /** Resolves when there are none. */
  idle(): Promise<void>;
}

export function createRunningCalls(): RunningCalls {
  let count = 0;
  let waiting: (() => void)[] = [];
  const ended = (): void => {
    if (--count > 0) return;
    for (const resolve of waiting) resolve();
    waiting = [];
  };
  async function* untilEnded(messages: StreamResponse['message']) {
    try {
      yield* messages;
    } finally {
      ended();
    }
  }
  return {
    get count() {
      return count;
    },
    idle: () => (count === 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))),
    interceptor: (next) => async (request) => {
      count++;
      try {
        const response = await next(request);
        if (response.stream) return { ...response, message: untilEnded(response.message) };
        ended();
        return response;
      } catch (error) {
        ended();
        throw error;
      }
    },
  };
}
