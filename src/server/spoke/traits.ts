/** Traits as agents send them: facts about a machine, not yet believed. */
import { messageOf, VigoError } from '../../fleet/errors.ts';

/** Traits of a large machine are a few KiB; more than this is a mistake or an attack. */
const MAX_TRAITS_BYTES = 64 * 1024;

/** Throws INVALID_ARGUMENT naming the host for what is no JSON object or too large. */
export function parseTraits(hostname: string, json: Uint8Array): Readonly<Record<string, unknown>> {
  const refuse = (why: string) => new VigoError('INVALID_ARGUMENT', `traits of ${hostname}: ${why}`);
  if (json.length > MAX_TRAITS_BYTES) throw refuse(`${json.length} bytes, at most ${MAX_TRAITS_BYTES} are accepted`);
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(json));
  } catch (error) {
    throw refuse(`not JSON: ${messageOf(error)}`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw refuse('not a JSON object');
  return value as Readonly<Record<string, unknown>>;
}
