/** What the hub has still to tell others, and what it has given up. */
import { useQuery } from '@connectrpc/connect-query';
import { AdminService, FleetTopic } from '../../../../src/gen/vigo/v1/admin_pb.js';
import { type Notification, NotificationState } from '../../../../src/gen/vigo/v1/notifications_pb.js';
import { useAction } from '../../api/use-action.ts';
import { count } from '../../lib/numbers.ts';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { Empty } from '../../ui/empty.tsx';
import { Failure } from '../../ui/failure.tsx';
import { Queried } from '../../ui/queried.tsx';
import { StateLabel } from '../../ui/state-label.tsx';
import { Time } from '../../ui/time.tsx';

/** Deliveries are many: the hub does not tell of each. */
const REFRESH_MS = 10_000;

const COLUMNS: readonly Column<Notification>[] = [
  {
    title: 'What',
    cell: ({ type, spoke }) => (spoke ? `${type} ${spoke}` : type),
    head: true,
  },
  { title: 'Happened', cell: ({ createdAt }) => <Time at={createdAt} /> },
  { title: 'Endpoint', cell: ({ endpoint }) => <span className="mono">{endpoint}</span> },
  {
    title: 'State',
    cell: ({ state }) => (
      <StateLabel state={state === NotificationState.DEAD ? 'failed' : 'running'}>
        {state === NotificationState.DEAD ? 'given up' : 'waiting'}
      </StateLabel>
    ),
  },
  { title: 'Tries', cell: ({ tries }) => count(tries), number: true },
  { title: 'Next', cell: ({ nextTryAt }) => <Time at={nextTryAt} none="when somebody asks for it" /> },
  { title: 'Last error', cell: ({ lastError }) => lastError },
];

export function Notifications() {
  const query = useQuery(AdminService.method.listNotifications, {}, { refetchInterval: REFRESH_MS });
  const retry = useAction<string, unknown>((admin, id) => admin.retryNotification({ id }), {
    topics: [FleetTopic.AUDIT],
  });
  const columns: Column<Notification>[] = [
    ...COLUMNS,
    {
      title: 'Actions',
      actions: true,
      cell: ({ id, type }) => (
        <Button
          small
          look="quiet"
          icon="repeat"
          busy={retry.isPending && retry.variables === id}
          aria-label={`Try now: ${type}`}
          onClick={() => retry.mutate(id)}
        >
          Try now
        </Button>
      ),
    },
  ];
  return (
    <Card title="Notifications" flush>
      {retry.error && <Failure error={retry.error} what="It is not tried" />}
      <Queried query={query} what="The notifications cannot be shown">
        {({ notifications, more }) =>
          notifications.length === 0 ? (
            <Empty icon="check" title="Everybody was told everything" />
          ) : (
            <>
              <DataTable
                caption="Notifications that were not delivered"
                columns={columns}
                rows={notifications}
                rowKey={({ id, endpoint }) => `${id} ${endpoint}`}
              />
              {more && (
                <p className="secondary card-note">
                  Only the newest are shown; <code>vigocli notifications list</code> has them all.
                </p>
              )}
            </>
          )
        }
      </Queried>
    </Card>
  );
}
