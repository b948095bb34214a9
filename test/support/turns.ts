/** Waiting for what needs no time: work that goes on in microtasks and a few turns of the event loop. */

/** Lets what has begun go on until it waits for a timer, a peer or the kernel. */
export async function settleTurns(turns = 6): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
}
