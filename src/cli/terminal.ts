/** Where a command writes, and what that place can show. Tests pass their own. */
import { stripVTControlCharacters, styleText } from 'node:util';

export type Format = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

/** Colours `text`, or returns it as it is where colours have no place. */
export type Style = (format: Format, text: string) => string;

export interface Terminal {
  /** Writes one line (or more) to stdout. */
  out(text: string): void;
  /** Writes one line (or more) to stderr. */
  err(text: string): void;
  /** Characters a line of stdout can hold; Infinity if it is no terminal. */
  readonly columns: number;
  /** Nobody reads stdout any more, as behind `| head`. */
  readonly readerGone: boolean;
  /** stdout is a terminal. */
  readonly outIsTerminal: boolean;
  /** Progress can be painted: stderr is a terminal, and nobody asked for plain output. */
  readonly canPaint: boolean;
  /** A person can be asked. */
  readonly canAsk: boolean;
  /** For stdout. */
  readonly style: Style;
  /** For stderr. */
  readonly errStyle: Style;
}

/** The part of a process that a terminal is made of. */
export interface TerminalProcess {
  readonly stdin: { readonly isTTY?: boolean };
  readonly stdout: {
    readonly isTTY?: boolean;
    readonly columns?: number;
    /** False once a write has failed. */
    readonly writable?: boolean;
    write(text: string): unknown;
  };
  readonly stderr: { readonly isTTY?: boolean; write(text: string): unknown };
  readonly env: NodeJS.ProcessEnv;
}

/** Colour only on a terminal, and never with NO_COLOR (https://no-color.org: present and not empty). */
function wantsPlain(env: NodeJS.ProcessEnv): boolean {
  return Boolean(env.NO_COLOR) || env.TERM === 'dumb';
}

function createStyle(paints: boolean): Style {
  if (!paints) return (_format, text) => text;
  return (format, text) => styleText(format, text, { validateStream: false });
}

export function createTerminal(process: TerminalProcess): Terminal {
  const outIsTerminal = process.stdout.isTTY === true;
  const errIsTerminal = process.stderr.isTTY === true;
  const plain = wantsPlain(process.env);
  return {
    out: (text) => process.stdout.write(`${text}\n`),
    err: (text) => process.stderr.write(`${text}\n`),
    get columns() {
      return outIsTerminal ? process.stdout.columns || 80 : Number.POSITIVE_INFINITY;
    },
    get readerGone() {
      return process.stdout.writable === false;
    },
    outIsTerminal,
    canPaint: errIsTerminal && !plain,
    canAsk: process.stdin.isTTY === true && errIsTerminal,
    style: createStyle(outIsTerminal && !plain),
    errStyle: createStyle(errIsTerminal && !plain),
  };
}

/** Text from elsewhere on one line, without anything that would steer a terminal. */
export function printable(text: string): string {
  if (/^[\x20-\x7e]*$/.test(text)) return text;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not get through
  return stripVTControlCharacters(text).replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ');
}
