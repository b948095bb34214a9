/** Ends the wait before the next call: somebody on the machine does not want to wait for it. */

export interface Hurry {
  /** Aborts at the next `now()`. */
  readonly signal: AbortSignal;
  now(): void;
}

export function createHurry(): Hurry {
  let controller = new AbortController();
  return {
    get signal() {
      return controller.signal;
    },
    now() {
      const before = controller;
      controller = new AbortController();
      before.abort();
    },
  };
}
