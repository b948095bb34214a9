/** Paints the same screen again and again until Ctrl-C. */
import { messageOf } from '../fleet/errors.ts';
import { type Clock, sleep } from '../platform/clock.ts';
import { withInterrupt } from './interrupt.ts';
import type { Terminal } from './terminal.ts';

export interface RepaintOptions {
  readonly terminal: Terminal;
  readonly clock: Clock;
  readonly everyMs: number;
  /** The lines to be shown now. What it throws is shown in their place: a server that is away may come back. */
  readonly frame: () => Promise<string>;
  /** Lines that the screen has. */
  readonly rows: number;
}

const CLEAR_SCREEN = '\u001b[2J';
const HOME = '\u001b[H';
const CLEAR_LINE = '\u001b[K';
const CLEAR_BELOW = '\u001b[J';

export async function repaint({ terminal, clock, everyMs, frame, rows }: RepaintOptions): Promise<void> {
  await withInterrupt(async (signal) => {
    let opening = CLEAR_SCREEN;
    while (!signal.aborted) {
      const text = await frame().catch((error) => `${terminal.style('red', 'Error:')} ${messageOf(error)}`);
      if (signal.aborted) return;
      // The last line keeps the cursor, so that nothing scrolls.
      const lines = fitLines(text.split('\n'), rows - 1);
      terminal.out(`${opening}${HOME}${lines.map((line) => `${line}${CLEAR_LINE}`).join('\n')}${CLEAR_BELOW}`);
      opening = '';
      await sleep(clock, everyMs, signal);
    }
  });
}

/** The first lines and the last one, which says how many there are. */
function fitLines(lines: readonly string[], rows: number): readonly string[] {
  if (lines.length <= rows || rows < 2) return lines;
  return [...lines.slice(0, rows - 1), lines.at(-1) as string];
}
