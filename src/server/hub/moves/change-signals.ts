/** "Tell me when this move changes": wakes those who watch, and forgets them. */
export interface ChangeSignals {
  readonly changed: (id: string) => void;
  readonly changedAll: () => void;
  /** Resolves at the next change of `id`, or when `signal` aborts. */
  next(id: string, signal: AbortSignal): Promise<void>;
  /** Calls `listener` at every change of any; it must not throw. */
  onChange(listener: () => void): void;
}

export function createChangeSignals(): ChangeSignals {
  const waiting = new Map<string, Set<() => void>>();
  const listeners: (() => void)[] = [];
  const changed = (id: string): void => {
    for (const listener of listeners) listener();
    const wakers = waiting.get(id);
    waiting.delete(id);
    for (const wake of wakers ?? []) wake();
  };
  return {
    changed,
    onChange: (listener) => void listeners.push(listener),
    changedAll() {
      for (const id of [...waiting.keys()]) changed(id);
    },
    next: (id, signal) =>
      new Promise((resolve) => {
        const wakers = waiting.get(id) ?? new Set();
        waiting.set(id, wakers);
        const wake = () => {
          signal.removeEventListener('abort', wake);
          wakers.delete(wake);
          if (wakers.size === 0 && waiting.get(id) === wakers) waiting.delete(id);
          resolve();
        };
        wakers.add(wake);
        signal.addEventListener('abort', wake, { once: true });
      }),
  };
}
