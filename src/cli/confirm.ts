/** Asks before something happens to more than one envoy. */
import { createInterface } from 'node:readline/promises';
import { VigoError } from '../fleet/errors.ts';
import type { Terminal } from './terminal.ts';

export interface ConfirmOptions {
  readonly terminal: Terminal;
  /** What will happen: "Move 3 envoys (dc1 to dc2: 3)". */
  readonly action: string;
  /** --yes was given. */
  readonly yes: boolean;
  /** What whoever only wants to know can do instead, behind "pass --yes to do it, or". Default: --dry-run. */
  readonly instead?: string;
  /** Reads one line of answer to the question; for tests. Default: the terminal. */
  readonly ask?: (question: string) => Promise<string>;
}

/** Returns if it was agreed to. Throws `CONFIRMATION_REQUIRED` if not, or if nobody can be asked. */
export async function confirm(options: ConfirmOptions): Promise<void> {
  const { terminal, action, yes, instead = '--dry-run to only look', ask = askOnTerminal } = options;
  if (yes) return;
  if (!terminal.canAsk) {
    throw new VigoError(
      'CONFIRMATION_REQUIRED',
      `this would: ${action}. Without a terminal nobody can be asked: pass --yes to do it, or ${instead}`,
    );
  }
  const answer = (await ask(`${action}? [y/N] `)).trim().toLowerCase();
  if (answer !== 'y' && answer !== 'yes') {
    throw new VigoError('CONFIRMATION_REQUIRED', 'not confirmed: nothing was changed');
  }
}

async function askOnTerminal(question: string): Promise<string> {
  // stdout belongs to the result.
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await new Promise<string>((resolve, reject) => {
      // Ctrl-C and Ctrl-D are a no.
      prompt.once('SIGINT', () => resolve(''));
      prompt.once('close', () => resolve(''));
      prompt.question(question).then(resolve, reject);
    });
  } finally {
    prompt.close();
  }
}
