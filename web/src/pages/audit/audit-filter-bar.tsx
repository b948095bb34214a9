/** Which entries of the log are shown. Asked for with Enter or the button: a name that is half typed finds nothing. */
import { type FormEvent, useState } from 'react';
import type { AuditFilters } from '../../lib/audit-filters.ts';
import { Button } from '../../ui/button.tsx';
import { TextField } from '../../ui/field.tsx';

export interface AuditFilterBarProps {
  readonly filters: AuditFilters;
  readonly onChange: (filters: AuditFilters) => void;
}

const NONE: AuditFilters = { actor: '', action: '', subject: '' };

export function AuditFilterBar({ filters, onChange }: AuditFilterBarProps) {
  const [typed, setTyped] = useState(filters);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onChange(typed);
  };
  const field = (name: keyof AuditFilters, label: string, placeholder: string) => (
    <TextField
      label={label}
      placeholder={placeholder}
      value={typed[name]}
      onChange={(event) => setTyped({ ...typed, [name]: event.target.value })}
    />
  );
  const filtered = Object.values(filters).some((value) => value !== '');
  return (
    <search>
      <form className="filters" onSubmit={submit}>
        {field('actor', 'Who', 'admin')}
        {field('action', 'What', 'spoke or spoke.health')}
        {field('subject', 'On', 'dc1')}
        <Button type="submit" icon="search">
          Filter
        </Button>
        {filtered && (
          <Button look="quiet" onClick={() => onChange(NONE)}>
            Clear
          </Button>
        )}
      </form>
    </search>
  );
}
