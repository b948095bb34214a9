/** Ctrl-C and SIGTERM as an abort signal, so that a command can end in good order. */

/** While `work` runs, the first signal aborts and a second one ends the process at once, as without this. */
export async function withInterrupt<R>(work: (signal: AbortSignal) => Promise<R>): Promise<R> {
  const controller = new AbortController();
  const release = () => {
    process.removeListener('SIGINT', interrupt);
    process.removeListener('SIGTERM', interrupt);
  };
  const interrupt = () => {
    release();
    controller.abort();
  };
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  try {
    return await work(controller.signal);
  } finally {
    release();
  }
}
