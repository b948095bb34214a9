/** When a job runs, as crontab(5) has it. Cron passes over a whole file because of one number that is out of range, and says so only in its log. */

const NAMED = /^@(reboot|hourly|daily|midnight|weekly|monthly|yearly|annually)$/;
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

interface Field {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  /** From `min` on. */
  readonly names?: readonly string[];
}

const FIELDS: readonly Field[] = [
  { name: 'minute', min: 0, max: 59 },
  { name: 'hour', min: 0, max: 23 },
  { name: 'day of the month', min: 1, max: 31 },
  { name: 'month', min: 1, max: 12, names: MONTHS },
  // Sunday is 0 and 7.
  { name: 'day of the week', min: 0, max: 7, names: DAYS },
];

/** What is wrong with it; undefined if nothing is. */
export function scheduleProblem(schedule: string): string | undefined {
  if (NAMED.test(schedule)) return undefined;
  const parts = schedule.split(/[ \t]+/);
  if (parts.length !== FIELDS.length) return 'expected five fields such as "0 3 * * *", or @daily and the like';
  const broken = FIELDS.find((field, i) => !parts[i]?.split(',').every((part) => isRange(part, field)));
  return broken && `no ${broken.name}: "${parts[FIELDS.indexOf(broken)]}"`;
}

/** "*", "5", "1-5", each with a step behind "/" or without, names in place of numbers. */
function isRange(text: string, field: Field): boolean {
  const [, range = '', step] = /^([^/]+)(?:\/(\d{1,2}))?$/.exec(text) ?? [];
  if (step !== undefined && Number(step) < 1) return false;
  if (range === '*') return true;
  const ends = range.split('-').map((end) => numberOf(end, field));
  const [from, to = from] = ends;
  return (
    ends.length <= 2 &&
    from !== undefined &&
    to !== undefined &&
    from <= to &&
    (step === undefined || ends.length === 2)
  );
}

function numberOf(text: string, { min, max, names = [] }: Field): number | undefined {
  const place = names.indexOf(text.toLowerCase());
  const number = place >= 0 ? min + place : /^\d{1,2}$/.test(text) ? Number(text) : Number.NaN;
  return number >= min && number <= max ? number : undefined;
}
