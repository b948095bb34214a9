/** Who has an API token. */
import { useQuery } from '@connectrpc/connect-query';
import { useState } from 'react';
import type { User } from '../../../../src/gen/vigo/v1/access_pb.js';
import { AdminService, FleetTopic } from '../../../../src/gen/vigo/v1/admin_pb.js';
import { userState } from '../../lib/token-state.ts';
import { roleWord } from '../../lib/words.ts';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { Empty } from '../../ui/empty.tsx';
import { useNow } from '../../ui/now.tsx';
import { Queried } from '../../ui/queried.tsx';
import { StateLabel } from '../../ui/state-label.tsx';
import { Time } from '../../ui/time.tsx';
import { CreateUserDialog } from './create-user-dialog.tsx';
import { RevokeDialog } from './revoke-dialog.tsx';

export function Users() {
  const query = useQuery(AdminService.method.listUsers, {});
  const [creating, setCreating] = useState(false);
  const [revoking, setRevoking] = useState<User>();
  const now = useNow();
  const columns: Column<User>[] = [
    { title: 'Name', cell: ({ name }) => name, head: true },
    { title: 'Role', cell: ({ role }) => roleWord(role) },
    { title: 'State', cell: (user) => <StateLabel state={userState(user, now)} /> },
    { title: 'Last used', cell: ({ lastUsedAt }) => <Time at={lastUsedAt} /> },
    { title: 'Ends', cell: ({ expiresAt }) => <Time at={expiresAt} /> },
    { title: 'Made', cell: ({ createdAt }) => <Time at={createdAt} /> },
    { title: 'By', cell: ({ createdBy }) => createdBy },
    {
      title: 'Actions',
      actions: true,
      cell: (user) =>
        userState(user, now) === 'active' && (
          <Button small look="quiet" aria-label={`Revoke ${user.name}`} onClick={() => setRevoking(user)}>
            Revoke …
          </Button>
        ),
    },
  ];
  return (
    <Card
      title="Users"
      actions={
        <Button small onClick={() => setCreating(true)}>
          Create a user …
        </Button>
      }
      flush
    >
      <Queried query={query} what="The users cannot be shown">
        {({ users }) =>
          users.length === 0 ? (
            <Empty icon="lock" title="No users">
              <p>Until there are some, only the server's own admin token gets in, or the identity provider.</p>
            </Empty>
          ) : (
            <DataTable caption="Users" columns={columns} rows={users} rowKey={({ id }) => id} />
          )
        }
      </Queried>
      {creating && <CreateUserDialog onClose={() => setCreating(false)} />}
      {revoking && (
        <RevokeDialog
          title={`Revoke ${revoking.name}`}
          confirm={`Revoke ${revoking.name}`}
          order={(admin) => admin.revokeUser({ user: revoking.id })}
          topics={[FleetTopic.ACCESS]}
          onClose={() => setRevoking(undefined)}
        >
          The token becomes useless at once, and all sessions of this user end.
        </RevokeDialog>
      )}
    </Card>
  );
}
