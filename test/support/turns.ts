/** Waiting for what needs no time: work that goes on in microtasks and a few turns of the event loop. */

/** Lets what has begun go on until it waits for a timer, a peer or the kernel. */
export async function settleTurns(turns = 6): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
}

/** Waits until `condition` holds, or fails naming `what`; bounded by turns, not by time. */
export async function untilTrue(
  what: string,
  condition: () => boolean | Promise<boolean>,
  turns = 2_000,
): Promise<void> {
  for (let turn = 0; turn < turns; turn++) {
    if (await condition()) return;
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  throw new Error(`never came true: ${what}`);
}
