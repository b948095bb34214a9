/** What a run has found to be wrong, each once, with the step at which it was seen first. */
export interface Violations {
  readonly all: readonly Violation[];
  /** `what`: the invariant and who; the same words are the same violation. `evidence`: what was seen. */
  add(what: string, evidence?: string): void;
  /** Calls `listener` with each new one. */
  onAdd(listener: (violation: Violation) => void): void;
}

export interface Violation {
  /** "12 kill dc1", or "settling". */
  readonly during: string;
  readonly what: string;
  readonly evidence: string;
}

export function createViolations(during: () => string): Violations {
  const found = new Map<string, Violation>();
  const listeners: ((violation: Violation) => void)[] = [];
  return {
    get all() {
      return [...found.values()];
    },
    add(what, evidence = '') {
      if (found.has(what)) return;
      const violation = { during: during(), what, evidence };
      found.set(what, violation);
      for (const listener of listeners) listener(violation);
    },
    onAdd: (listener) => void listeners.push(listener),
  };
}
