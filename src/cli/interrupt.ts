/** Ctrl-C and SIGTERM as an abort signal, so that a command can end in good order. */

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** While `work` runs, the first signal aborts and the second one ends the process at once, as without this. */
export async function withInterrupt<R>(work: (signal: AbortSignal) => Promise<R>): Promise<R> {
  const controller = new AbortController();
  const release = () => {
    for (const signal of SIGNALS) process.removeListener(signal, interrupt);
  };
  // Stays in place after the first signal: a spinner that finds itself the only listener would end the process.
  const interrupt = (signal: NodeJS.Signals) => {
    if (!controller.signal.aborted) return controller.abort();
    release();
    process.kill(process.pid, signal);
  };
  for (const signal of SIGNALS) process.on(signal, interrupt);
  try {
    return await work(controller.signal);
  } finally {
    release();
  }
}
