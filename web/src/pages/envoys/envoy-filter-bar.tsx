/** Which envoys the list shows. */
import { useQuery } from '@connectrpc/connect-query';
import { useEffect, useRef, useState } from 'react';
import { AdminService } from '../../../../src/gen/vigo/v1/admin_pb.js';
import type { EnvoyStatus } from '../../../../src/gen/vigo/v1/types_pb.js';
import { STATUS_PARTS } from '../../lib/compliance.ts';
import type { EnvoyFilters } from '../../lib/envoy-filters.ts';
import { lookOf } from '../../lib/tones.ts';
import { SelectField, TextField } from '../../ui/field.tsx';
import { Icon } from '../../ui/icon.tsx';
import { useDebounced } from '../../ui/use-debounced.ts';

export interface EnvoyFilterBarProps {
  readonly filters: EnvoyFilters;
  readonly onChange: (filters: EnvoyFilters) => void;
}

export function EnvoyFilterBar({ filters, onChange }: EnvoyFilterBarProps) {
  const [hostname, setHostname] = useTyped(filters.hostname, (text) => onChange({ ...filters, hostname: text }));
  const { data } = useQuery(AdminService.method.getSpannerStatus, {});
  const spokes = data?.spokes.map(({ id }) => id) ?? [];
  if (filters.spoke && !spokes.includes(filters.spoke)) spokes.push(filters.spoke);
  const toggle = (status: EnvoyStatus) => {
    const has = filters.statuses.includes(status);
    const statuses = has ? filters.statuses.filter((each) => each !== status) : [...filters.statuses, status];
    onChange({ ...filters, statuses });
  };
  return (
    <search className="filters">
      <TextField
        label="Host name"
        type="search"
        placeholder="web* or *.dc1.*"
        value={hostname}
        onChange={(event) => setHostname(event.target.value)}
      />
      <SelectField
        label="Spoke"
        value={filters.spoke}
        onChange={(event) => onChange({ ...filters, spoke: event.target.value })}
      >
        <option value="">All spokes</option>
        {spokes.map((id) => (
          <option key={id}>{id}</option>
        ))}
      </SelectField>
      <fieldset className="chips">
        <legend className="field-hint">Status</legend>
        {STATUS_PARTS.map(({ status, word }) => (
          <label key={word} className={`chip tone-${lookOf(word).tone}`}>
            <input type="checkbox" checked={filters.statuses.includes(status)} onChange={() => toggle(status)} />
            <span>
              <Icon name={lookOf(word).sign} />
              {word}
            </span>
          </label>
        ))}
      </fieldset>
    </search>
  );
}

/** What is typed is shown at once and asked for when the typing pauses; what changes elsewhere (a link) is shown as well. */
function useTyped(value: string, onSettled: (text: string) => void): [string, (text: string) => void] {
  const [text, setText] = useState(value);
  const settled = useDebounced(text);
  const sent = useRef(value);
  useEffect(() => {
    if (value === sent.current) return;
    sent.current = value;
    setText(value);
  }, [value]);
  const latest = useRef(onSettled);
  latest.current = onSettled;
  useEffect(() => {
    if (settled === sent.current) return;
    sent.current = settled;
    latest.current(settled);
  }, [settled]);
  return [text, setText];
}
