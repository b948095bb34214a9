/** What is to be moved, and where to; one kind of move after the other. */
import { useQuery } from '@connectrpc/connect-query';
import { AdminService, MoveReason, type Spoke } from '../../../src/gen/vigo/v1/admin_pb.js';
import { SelectField, TextField } from '../ui/field.tsx';
import type { MoveOrder } from './use-plan.ts';

export interface MoveChoice {
  readonly from: string;
  readonly hostname: string;
  readonly to: string;
}

export const MOVE_KINDS = {
  drain: {
    reason: MoveReason.DRAIN,
    title: 'Drain a spoke',
    about: 'Moves all envoys off the spoke and cordons it. It takes no envoys until it is uncordoned.',
    incomplete: 'Choose a spoke to see the plan.',
  },
  reassign: {
    reason: MoveReason.REASSIGN,
    title: 'Reassign envoys',
    about: 'Moves the envoys whose host names match to another spoke. Each agent follows at its next check-in.',
    incomplete: 'Choose envoys and a spoke to see the plan.',
  },
  rebalance: {
    reason: MoveReason.REBALANCE,
    title: 'Rebalance',
    about: 'Sends envoys home to the spoke that their host name matches: for the time after a drain or a failover.',
    incomplete: '',
  },
} as const;

export type MoveKind = keyof typeof MOVE_KINDS;

/** Undefined as long as something is missing. */
export function orderOf(kind: MoveKind, { from, hostname, to }: MoveChoice): MoveOrder | undefined {
  const { reason } = MOVE_KINDS[kind];
  if (kind === 'drain') return from ? { reason, from, to, hostname: '' } : undefined;
  if (kind === 'reassign')
    return hostname.trim() && to ? { reason, hostname: hostname.trim(), to, from: '' } : undefined;
  return { reason, from: '', to: '', hostname: '' };
}

export interface MoveFieldsProps {
  readonly kind: MoveKind;
  readonly choice: MoveChoice;
  readonly fixedFrom: boolean;
  readonly onChange: (choice: MoveChoice) => void;
}

export function MoveFields({ kind, choice, fixedFrom, onChange }: MoveFieldsProps) {
  const { data } = useQuery(AdminService.method.getSpannerStatus, {});
  const spokes = data?.spokes ?? [];
  if (kind === 'rebalance') return null;
  return (
    <div className="form-row">
      {kind === 'reassign' && (
        <TextField
          label="Host names"
          placeholder="*.rack7.dc1.*"
          value={choice.hostname}
          onChange={(event) => onChange({ ...choice, hostname: event.target.value })}
        />
      )}
      {kind === 'drain' && !fixedFrom && (
        <SpokeSelect
          label="Spoke"
          none="Choose …"
          spokes={spokes}
          value={choice.from}
          onChange={(from) => onChange({ ...choice, from })}
        />
      )}
      <SpokeSelect
        label="To"
        none={kind === 'drain' ? 'By pattern' : 'Choose …'}
        spokes={spokes.filter(({ id }) => kind !== 'drain' || id !== choice.from)}
        value={choice.to}
        onChange={(to) => onChange({ ...choice, to })}
      />
    </div>
  );
}

interface SpokeSelectProps {
  readonly label: string;
  /** What it says if no spoke is chosen. */
  readonly none: string;
  readonly spokes: readonly Spoke[];
  readonly value: string;
  readonly onChange: (id: string) => void;
}

function SpokeSelect({ label, none, spokes, value, onChange }: SpokeSelectProps) {
  return (
    <SelectField label={label} value={value} onChange={(event) => onChange(event.target.value)}>
      <option value="">{none}</option>
      {spokes.map(({ id, online }) => (
        <option key={id} value={id}>
          {online ? id : `${id} (offline)`}
        </option>
      ))}
    </SelectField>
  );
}
