/** Tokens with which a new spoke fetches its certificate. */
import { useQuery } from '@connectrpc/connect-query';
import { useState } from 'react';
import { AdminService, FleetTopic } from '../../../../src/gen/vigo/v1/admin_pb.js';
import { useAction } from '../../api/use-action.ts';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { SelectField } from '../../ui/field.tsx';
import { SecretDialog } from './secret-dialog.tsx';
import { TTL, TtlField } from './ttl-field.tsx';

export function JoinToken() {
  const [creating, setCreating] = useState(false);
  return (
    <Card
      title="A new spoke"
      actions={
        <Button small onClick={() => setCreating(true)}>
          Create a join token …
        </Button>
      }
    >
      <p className="secondary">
        A spoke that the hub's configuration names fetches its certificate with a join token, once. It needs a license
        of its own.
      </p>
      {creating && <CreateJoinToken onClose={() => setCreating(false)} />}
    </Card>
  );
}

function CreateJoinToken({ onClose }: { readonly onClose: () => void }) {
  const { data } = useQuery(AdminService.method.getSpannerStatus, {});
  const [chosen, setSpoke] = useState('');
  const [ttl, setTtl] = useState<number>(TTL.hour[0]);
  const spokes = data?.spokes ?? [];
  const spoke = chosen || (spokes[0]?.id ?? '');
  const create = useAction<void, { readonly token: string }>(
    (admin) => admin.createJoinToken({ spokeId: spoke, ttlSeconds: ttl }),
    { topics: [FleetTopic.ACCESS] },
  );
  return (
    <SecretDialog
      title="Create a join token"
      confirm="Create the token"
      secret={create.data?.token}
      use={(token) => ({
        text: `On the machine of ${spoke}, with its own license and configuration:`,
        command: `VIGO_JOIN_TOKEN=${token} vigocli serve --role spoke --config ${spoke}.yaml`,
      })}
      busy={create.isPending}
      error={create.error}
      onSubmit={() => create.mutate()}
      onClose={onClose}
    >
      <div className="form-row">
        <SelectField
          label="Spoke"
          hint="Must be in the hub's configuration"
          required
          value={spoke}
          onChange={(event) => setSpoke(event.target.value)}
        >
          {spokes.map(({ id }) => (
            <option key={id}>{id}</option>
          ))}
        </SelectField>
        <TtlField options={['hour', 'day', 'week']} value={ttl} onChange={setTtl} />
      </div>
    </SecretDialog>
  );
}
