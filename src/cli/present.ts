/** Parts of an answer that every server sends, though the protocol cannot demand them. */
import { VigoError } from '../fleet/errors.ts';

/** `value`, or `INTERNAL` naming what is missing. */
export function present<T>(value: T | undefined, what: string): T {
  if (value !== undefined) return value;
  throw new VigoError('INTERNAL', `the server answered without ${what}: it may have another version than this program`);
}
