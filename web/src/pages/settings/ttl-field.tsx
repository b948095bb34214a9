/** For how long something is good. */
import { SelectField } from '../../ui/field.tsx';

const HOUR = 3600;
const DAY = 24 * HOUR;

/** Seconds and their names; 0 means what the field says it does. */
export const TTL = {
  hour: [HOUR, '1 hour'],
  day: [DAY, '24 hours'],
  week: [7 * DAY, '7 days'],
  month: [30 * DAY, '30 days'],
  quarter: [90 * DAY, '90 days'],
  year: [365 * DAY, '365 days'],
  never: [0, 'until it is revoked'],
} as const;

export interface TtlFieldProps {
  readonly options: readonly (keyof typeof TTL)[];
  /** Seconds. */
  readonly value: number;
  readonly onChange: (seconds: number) => void;
}

export function TtlField({ options, value, onChange }: TtlFieldProps) {
  return (
    <SelectField label="Good for" value={value} onChange={(event) => onChange(Number(event.target.value))}>
      {options.map((option) => {
        const [seconds, name] = TTL[option];
        return (
          <option key={option} value={seconds}>
            {name}
          </option>
        );
      })}
    </SelectField>
  );
}
