/** Tokens with which machines become envoys. */
import { useQuery } from '@connectrpc/connect-query';
import { useState } from 'react';
import { AdminService, type EnrollmentToken, FleetTopic } from '../../../../src/gen/vigo/v1/admin_pb.js';
import { count } from '../../lib/numbers.ts';
import { tokenState } from '../../lib/token-state.ts';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { Empty } from '../../ui/empty.tsx';
import { useNow } from '../../ui/now.tsx';
import { Queried } from '../../ui/queried.tsx';
import { StateLabel } from '../../ui/state-label.tsx';
import { Time } from '../../ui/time.tsx';
import { CreateTokenDialog } from './create-token-dialog.tsx';
import { RevokeDialog } from './revoke-dialog.tsx';

const COLUMNS: readonly Column<EnrollmentToken>[] = [
  { title: 'Id', cell: ({ id }) => <code>{id}</code>, head: true },
  { title: 'Left', cell: ({ usesLeft, uses }) => `${count(usesLeft)} of ${count(uses)}`, number: true },
  { title: 'State', cell: (token) => <TokenState token={token} /> },
  { title: 'Ends', cell: ({ expiresAt }) => <Time at={expiresAt} /> },
  { title: 'By', cell: ({ createdBy }) => createdBy },
  { title: 'For', cell: ({ comment }) => comment },
];

function TokenState({ token }: { readonly token: EnrollmentToken }) {
  return <StateLabel state={tokenState(token, useNow())} />;
}

export function EnrolmentTokens() {
  const query = useQuery(AdminService.method.listEnrollmentTokens, {});
  const [creating, setCreating] = useState(false);
  const [revoking, setRevoking] = useState<EnrollmentToken>();
  const now = useNow();
  const columns: Column<EnrollmentToken>[] = [
    ...COLUMNS,
    {
      title: 'Actions',
      actions: true,
      cell: (token) =>
        tokenState(token, now) === 'usable' && (
          <Button small look="quiet" aria-label={`Revoke ${token.id}`} onClick={() => setRevoking(token)}>
            Revoke …
          </Button>
        ),
    },
  ];
  return (
    <Card
      title="Enrolment tokens"
      actions={
        <Button small onClick={() => setCreating(true)}>
          Create a token …
        </Button>
      }
      flush
    >
      <Queried query={query} what="The tokens cannot be shown">
        {({ tokens }) =>
          tokens.length === 0 ? (
            <Empty icon="lock" title="No tokens">
              <p>A machine enrols with a token. It says how many machines may use it, and for how long.</p>
            </Empty>
          ) : (
            <DataTable caption="Enrolment tokens" columns={columns} rows={tokens} rowKey={({ id }) => id} />
          )
        }
      </Queried>
      {creating && <CreateTokenDialog onClose={() => setCreating(false)} />}
      {revoking && (
        <RevokeDialog
          title={`Revoke the token ${revoking.id}`}
          confirm="Revoke the token"
          order={(admin) => admin.revokeEnrollmentToken({ id: revoking.id })}
          topics={[FleetTopic.ACCESS]}
          onClose={() => setRevoking(undefined)}
        >
          No machine can enrol with it any more. Envoys that used it stay.
        </RevokeDialog>
      )}
    </Card>
  );
}
