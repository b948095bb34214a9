import { VigoError } from '../fleet/errors.ts';
import { MIGRATIONS } from '../server/store/migrations/index.ts';

/** `what`: the database, for the message. Throws DATABASE_TOO_NEW if a later version of the program has written it. */
export function refuseLaterSchema(schema: readonly string[], what: string): void {
  const unknown = schema.filter((name) => !Object.hasOwn(MIGRATIONS, name));
  if (unknown.length === 0) return;
  throw new VigoError(
    'DATABASE_TOO_NEW',
    `${what} was written by a later version of vigocli (it has ${unknown.join(', ')}): use that version`,
  );
}
