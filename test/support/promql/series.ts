/** Series of samples as a test writes them down. */

export type Labels = Readonly<Record<string, string>>;

export interface Series {
  readonly metric: string;
  readonly labels: Labels;
  /** One a minute from the start on; undefined where the series has none. */
  readonly values: readonly (number | undefined)[];
}

export const STEP_MS = 60_000;
/** When the first sample is taken, milliseconds since 1970 UTC. */
export const START_MS = Date.UTC(2026, 0, 1);

/** `values`: one a minute. The labels of a scrape are there. */
export function series(metric: string, labels: Labels, values: Series['values']): Series {
  return { metric, labels: { job: 'vigo', instance: 'hub:9530', ...labels }, values };
}

/** The same value for so many minutes. */
export const steady = (value: number, minutes: number): number[] => Array.from({ length: minutes }, () => value);

/** Grows by so much a minute, for so many minutes. */
export const growing = (perMinute: number, minutes: number, from = 0): number[] =>
  Array.from({ length: minutes }, (_, i) => from + i * perMinute);
