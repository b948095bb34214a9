/** The passphrase of a backup: from a file or the environment, never from an argument, which `ps` shows. */
import * as Flags from '@oclif/core/flags';
import { VigoError } from '../fleet/errors.ts';
import { readInput } from './files.ts';

const VARIABLE = 'VIGO_BACKUP_PASSPHRASE';
/** A shorter one is guessed, whatever each guess costs. */
const LEAST_CHARACTERS = 8;

export const passphraseFileFlag = Flags.string({
  description: `file with the passphrase; otherwise ${VARIABLE}`,
  helpValue: 'FILE',
});

export interface PassphraseOptions {
  /** Of the flag; goes before the variable. */
  readonly file: string | undefined;
  readonly env: NodeJS.ProcessEnv;
  /** It is to protect something from now on. */
  readonly isNew: boolean;
}

/** Undefined if there is none. A line break at its end does not count. Throws INVALID_ARGUMENT. */
export function readPassphrase({ file, env, isNew }: PassphraseOptions): string | undefined {
  const text = file === undefined ? env[VARIABLE] : readInput('--passphrase-file', file).replace(/\r?\n$/, '');
  const where = file ?? VARIABLE;
  // Whoever names a passphrase wants encryption: one that has gone missing must not silently mean none.
  if (text === '') throw new VigoError('INVALID_ARGUMENT', `the passphrase in ${where} is empty`);
  if (isNew && text !== undefined && [...text].length < LEAST_CHARACTERS) {
    throw new VigoError('INVALID_ARGUMENT', `the passphrase in ${where} has fewer than ${LEAST_CHARACTERS} characters`);
  }
  return text;
}
