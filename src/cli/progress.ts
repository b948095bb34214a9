/** How long work looks while it goes on: a spinner on a terminal, plain lines on stderr elsewhere. */
import type { Clock } from '../platform/clock.ts';
import type { Terminal } from './terminal.ts';

export interface Progress {
  update(text: string): void;
  /** Takes the spinner away, or prints the last line that was held back. */
  stop(): void;
}

export interface ProgressOptions {
  readonly terminal: Terminal;
  readonly clock: Clock;
  /** Nothing is shown. */
  readonly silent: boolean;
}

// A log reader wants to see that it goes on, not every step.
const LINE_EVERY_MS = 1000;

export async function createProgress(options: ProgressOptions): Promise<Progress> {
  if (options.silent) return { update() {}, stop() {} };
  return options.terminal.canPaint ? await createSpinner() : createLines(options);
}

async function createSpinner(): Promise<Progress> {
  const { default: ora } = await import('ora');
  // Ctrl-C must reach the process as a signal: ora leaves stdin alone.
  const spinner = ora({ stream: process.stderr, discardStdin: false });
  return {
    update(text) {
      if (spinner.isSpinning) spinner.text = text;
      else spinner.start(text);
    },
    stop: () => void spinner.stop(),
  };
}

function createLines({ terminal, clock }: ProgressOptions): Progress {
  let printedAt = Number.NEGATIVE_INFINITY;
  let printed: string | undefined;
  let latest: string | undefined;
  const flush = () => {
    if (latest === undefined || latest === printed) return;
    terminal.err(latest);
    printed = latest;
    printedAt = clock.monotonic();
  };
  return {
    update(text) {
      latest = text;
      if (clock.monotonic() - printedAt >= LINE_EVERY_MS) flush();
    },
    stop: flush,
  };
}
