/** Makes a user with an API token. */
import { useState } from 'react';
import { Role } from '../../../../src/gen/vigo/v1/access_pb.js';
import { FleetTopic } from '../../../../src/gen/vigo/v1/admin_pb.js';
import { useAction } from '../../api/use-action.ts';
import { SelectField, TextField } from '../../ui/field.tsx';
import { SecretDialog } from './secret-dialog.tsx';
import { TTL, TtlField } from './ttl-field.tsx';

export function CreateUserDialog({ onClose }: { readonly onClose: () => void }) {
  const [name, setName] = useState('');
  const [role, setRole] = useState<Role>(Role.VIEWER);
  const [ttl, setTtl] = useState<number>(TTL.quarter[0]);
  const create = useAction<void, { readonly token: string }>(
    (admin) => admin.createUser({ name: name.trim(), role, ttlSeconds: ttl }),
    { topics: [FleetTopic.ACCESS] },
  );
  return (
    <SecretDialog
      title="Create a user"
      confirm="Create the user"
      secret={create.data?.token}
      use={(token) => ({
        text: `${name.trim()} signs in with it here, or uses it with the command line:`,
        command: `VIGO_HUB=${window.location.origin} VIGO_TOKEN=${token} vigocli envoys list`,
      })}
      busy={create.isPending}
      error={create.error}
      onSubmit={() => create.mutate()}
      onClose={onClose}
    >
      <TextField
        label="Name"
        hint="1 to 64 letters, digits, dots, dashes, underscores and at signs"
        required
        maxLength={64}
        pattern="[A-Za-z0-9._@\-]+"
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
      <div className="form-row">
        <SelectField label="Role" value={role} onChange={(event) => setRole(Number(event.target.value))}>
          <option value={Role.VIEWER}>viewer: may look</option>
          <option value={Role.ADMIN}>admin: may do everything</option>
        </SelectField>
        <TtlField options={['day', 'month', 'quarter', 'year', 'never']} value={ttl} onChange={setTtl} />
      </div>
    </SecretDialog>
  );
}
