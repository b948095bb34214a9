/** Makes an enrolment token. */
import { useState } from 'react';
import { FleetTopic } from '../../../../src/gen/vigo/v1/admin_pb.js';
import { useAction } from '../../api/use-action.ts';
import { TextField } from '../../ui/field.tsx';
import { SecretDialog } from './secret-dialog.tsx';
import { TTL, TtlField } from './ttl-field.tsx';

const MOST_USES = 1_000_000;

export function CreateTokenDialog({ onClose }: { readonly onClose: () => void }) {
  const [uses, setUses] = useState('1');
  const [ttl, setTtl] = useState<number>(TTL.day[0]);
  const [comment, setComment] = useState('');
  const create = useAction<void, { readonly token: string }>(
    (admin) => admin.createEnrollmentToken({ uses: Number(uses), ttlSeconds: ttl, comment }),
    { topics: [FleetTopic.ACCESS] },
  );
  return (
    <SecretDialog
      title="Create an enrolment token"
      confirm="Create the token"
      secret={create.data?.token}
      use={(token) => ({
        text: 'On each machine that is to become an envoy:',
        command: `vigocli agent enroll --hub ${window.location.origin} --token ${token}`,
      })}
      busy={create.isPending}
      error={create.error}
      onSubmit={() => create.mutate()}
      onClose={onClose}
    >
      <div className="form-row">
        <TextField
          label="Machines"
          hint="How many may use it"
          type="number"
          required
          min={1}
          max={MOST_USES}
          value={uses}
          onChange={(event) => setUses(event.target.value)}
        />
        <TtlField options={['hour', 'day', 'week', 'month', 'year']} value={ttl} onChange={setTtl} />
      </div>
      <TextField
        label="What it is for"
        placeholder="rack 7"
        value={comment}
        onChange={(event) => setComment(event.target.value)}
      />
    </SecretDialog>
  );
}
