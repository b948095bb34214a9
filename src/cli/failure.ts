/** From anything that was thrown to what a person, a script and the shell see of it. */
import { stripVTControlCharacters } from 'node:util';
import { EXIT, messageOf, VigoError } from '../fleet/errors.ts';

/** The `error` object of every failed command's JSON. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  /** The exit code of the process. */
  readonly exit: number;
}

/** Errors of the argument parser carry this mark. */
function isParserError(error: unknown): error is Error {
  return error instanceof Error && 'oclif' in error;
}

// The parser wraps what went wrong, also our own errors, into phrases that say nothing.
function plainUsageMessage(message: string): string {
  return stripVTControlCharacters(message)
    .replace(/^The following errors? occurred:\s*/, '')
    .replace(/\n?See more help with --help\s*$/, '')
    .split('\n')
    .map((line) => line.trim().replace(/\s+/g, ' '))
    .filter((line) => line.length > 0)
    .join('; ')
    .replace(/^Parsing (--\S+?);? ;? ?/, '$1: ')
    .replace(/^Missing \d+ required args?:; /, 'missing argument: ')
    .replace(/Missing required flag /g, 'missing flag: --')
    .replace(/^Nonexistent flag/, 'unknown flag')
    .replace(/^Unexpected argument/, 'unexpected argument');
}

export function toFailure(error: unknown): Failure {
  if (isParserError(error) || (error instanceof VigoError && error.code === 'USAGE')) {
    return { code: 'USAGE', message: plainUsageMessage(error.message), exit: EXIT.usage };
  }
  if (error instanceof VigoError) return { code: error.code, message: error.message, exit: error.exit };
  return { code: 'INTERNAL', message: messageOf(error) || 'unknown error', exit: EXIT.failed };
}
