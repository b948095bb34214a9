/** One thing in full: a name and a value a line, names aligned. */
import { printable, type Style } from '../terminal.ts';

/** Lines without those whose value is null. */
export function renderDetails(
  pairs: readonly (readonly [name: string, value: string | number | null])[],
  style: Style,
): string {
  const shown = pairs.filter(([, value]) => value !== null && value !== '');
  const width = Math.max(0, ...shown.map(([name]) => name.length)) + 2;
  return shown.map(([name, value]) => `${style('dim', name.padEnd(width))}${printable(String(value))}`).join('\n');
}
