/** Which colour a state has. */
import type { Format } from '../terminal.ts';

const FORMATS = new Map<string, Format>([
  ['converged', 'green'],
  ['relapsed', 'yellow'],
  ['diverged', 'yellow'],
  ['degraded', 'yellow'],
  ['failed', 'red'],
  ['offline', 'red'],
  ['no_data', 'dim'],
  ['ok', 'green'],
  ['changed', 'yellow'],
  ['skipped', 'dim'],
  ['online', 'green'],
  ['healthy', 'green'],
  ['suspect', 'yellow'],
  ['recovering', 'yellow'],
  ['unhealthy', 'red'],
  ['unreachable', 'red'],
  ['cordoned', 'yellow'],
  ['draining', 'yellow'],
  ['drained', 'yellow'],
  ['running', 'cyan'],
  ['done', 'green'],
  ['incomplete', 'red'],
  ['cancelled', 'yellow'],
]);

/** Undefined: as the text around it. */
export function statusFormat(status: string): Format | undefined {
  return FORMATS.get(status);
}
