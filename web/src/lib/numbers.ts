/** Numbers for people: thousands separators, and percentages that never round a fault away. */

const COUNT = new Intl.NumberFormat('en-US');

/** "100,000" */
export function count(value: number): string {
  return COUNT.format(value);
}

/** "1 envoy", "1,200 envoys". `many` defaults to the word with an s. */
export function counted(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** A share in percent with one decimal, rounded down: 100 % is said only of all. Null if there is nothing to share. */
export function percent(part: number, whole: number): string | null {
  if (whole === 0) return null;
  const tenths = Math.floor((part / whole) * 1000) / 10;
  return `${tenths === 100 ? '100' : tenths.toFixed(1)} %`;
}

/** "1.4 ms", "120 ms" */
export function milliseconds(value: number): string {
  return `${value < 10 ? value.toFixed(1) : count(Math.round(value))} ms`;
}

/** "12.4 KiB" */
export function bytes(value: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB'];
  const power = value < 1 ? 0 : Math.min(Math.floor(Math.log2(value) / 10), units.length - 1);
  return `${power === 0 ? count(value) : (value / 1024 ** power).toFixed(1)} ${units[power]}`;
}
