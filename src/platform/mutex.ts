/** Runs one asynchronous task after the other, in the order of the calls. */
export interface Mutex {
  /** Resolves or rejects as `task` does; a failed task does not stop those behind it. */
  run<T>(task: () => Promise<T>): Promise<T>;
}

export function createMutex(): Mutex {
  let tail: Promise<unknown> = Promise.resolve();
  return {
    run(task) {
      const result = tail.then(task);
      tail = result.catch(() => undefined);
      return result;
    },
  };
}
