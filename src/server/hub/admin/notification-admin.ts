/** The part of `AdminService` that is about notifications. */
import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { ServiceImpl } from '@connectrpc/connect';
import { VigoError } from '../../../fleet/errors.ts';
import type { AdminService } from '../../../gen/vigo/v1/admin_pb.js';
import { type NotificationSchema, NotificationState } from '../../../gen/vigo/v1/notifications_pb.js';
import type { NotificationRow } from '../../store/outbox-repository.ts';
import type { Outbox } from '../notifications/outbox.ts';

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1_000;

const STATES = { pending: NotificationState.PENDING, dead: NotificationState.DEAD } as const;

type Methods = 'listNotifications' | 'retryNotification';

export function createNotificationAdmin(
  outbox: Pick<Outbox, 'list' | 'retry'>,
): Pick<ServiceImpl<typeof AdminService>, Methods> {
  return {
    async listNotifications({ state, limit, before }) {
      if (!Number.isSafeInteger(before) || before < 0)
        throw new VigoError('INVALID_ARGUMENT', `before is ${before}: expected the number of a notification`);
      const wanted = Math.min(limit || DEFAULT_LIMIT, MAX_LIMIT);
      const rows = await outbox.list({ state: stateOf(state), before: before || undefined, limit: wanted + 1 });
      return { notifications: rows.slice(0, wanted).map(notificationMessage), more: rows.length > wanted };
    },
    retryNotification: async ({ id }) => ({ notification: notificationMessage(await outbox.retry(id)) }),
  };
}

function stateOf(state: NotificationState): NotificationRow['state'] | undefined {
  if (state === NotificationState.UNSPECIFIED) return undefined;
  if (state === NotificationState.PENDING) return 'pending';
  if (state === NotificationState.DEAD) return 'dead';
  throw new VigoError('INVALID_ARGUMENT', `state is ${state}: expected 1 (pending), 2 (dead) or 0 (all)`);
}

function notificationMessage(row: NotificationRow): MessageInitShape<typeof NotificationSchema> {
  const { id, endpoint, type, spoke_id: spoke, state, tries, last_error: lastError, seq } = row;
  return {
    ...{ id, endpoint, type, spoke, tries, lastError, seq },
    state: STATES[state],
    createdAt: timestampFromMs(row.created_at),
    nextTryAt: state === 'pending' ? timestampFromMs(row.next_at) : undefined,
  };
}
