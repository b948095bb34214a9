/** Who is signed in on the web. */
import { useQuery } from '@connectrpc/connect-query';
import { useState } from 'react';
import type { Session } from '../../../../src/gen/vigo/v1/access_pb.js';
import { AdminService, FleetTopic } from '../../../../src/gen/vigo/v1/admin_pb.js';
import { roleWord } from '../../lib/words.ts';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { Empty } from '../../ui/empty.tsx';
import { Queried } from '../../ui/queried.tsx';
import { Time } from '../../ui/time.tsx';
import { RevokeDialog } from './revoke-dialog.tsx';

const COLUMNS: readonly Column<Session>[] = [
  {
    title: 'User',
    cell: ({ user, current }) => (current ? `${user} (you, here)` : user),
    head: true,
  },
  { title: 'Role', cell: ({ role }) => roleWord(role) },
  { title: 'Signed in', cell: ({ createdAt }) => <Time at={createdAt} /> },
  { title: 'By', cell: ({ method }) => (method === 'oidc' ? 'identity provider' : method) },
  { title: 'From', cell: ({ origin }) => origin },
  { title: 'Last used', cell: ({ lastUsedAt }) => <Time at={lastUsedAt} /> },
  { title: 'Ends', cell: ({ expiresAt }) => <Time at={expiresAt} /> },
];

export function Sessions() {
  const query = useQuery(AdminService.method.listSessions, {});
  const [ending, setEnding] = useState<Session>();
  const columns: Column<Session>[] = [
    ...COLUMNS,
    {
      title: 'Actions',
      actions: true,
      cell: (session) => (
        <Button small look="quiet" aria-label={`End the session of ${session.user}`} onClick={() => setEnding(session)}>
          End …
        </Button>
      ),
    },
  ];
  return (
    <Card title="Sessions" flush>
      <Queried query={query} what="The sessions cannot be shown">
        {({ sessions }) =>
          sessions.length === 0 ? (
            <Empty icon="lock" title="Nobody is signed in on the web" />
          ) : (
            <DataTable caption="Sessions" columns={columns} rows={sessions} rowKey={({ id }) => id} />
          )
        }
      </Queried>
      {ending && (
        <RevokeDialog
          title={`End the session of ${ending.user}`}
          confirm="End the session"
          order={(admin) => admin.revokeSession({ id: ending.id })}
          topics={[FleetTopic.ACCESS]}
          onClose={() => setEnding(undefined)}
        >
          {ending.current
            ? 'This is the session that you are using: you will have to sign in again.'
            : 'Whoever uses it has to sign in again.'}
        </RevokeDialog>
      )}
    </Card>
  );
}
