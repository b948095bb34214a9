/** A terminal that keeps what was written to it. */
import { createTerminal, type Terminal } from '../../../src/cli/terminal.ts';

export interface FakeTerminalOptions {
  /** stdin, stdout and stderr are terminals; default false. */
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly env?: NodeJS.ProcessEnv;
}

export interface FakeTerminal {
  readonly terminal: Terminal;
  readonly out: string[];
  readonly err: string[];
}

export function createFakeTerminal({ isTTY = false, columns = 80, env = {} }: FakeTerminalOptions = {}): FakeTerminal {
  const out: string[] = [];
  const err: string[] = [];
  const terminal = createTerminal({
    stdin: { isTTY },
    stdout: { isTTY, columns, write: (text) => out.push(text) },
    stderr: { isTTY, write: (text) => err.push(text) },
    env,
  });
  return { terminal, out, err };
}
