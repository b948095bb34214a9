/** Notifications in JSON output. */
import type { ListNotificationsResponse, Notification } from '../../gen/vigo/v1/notifications_pb.js';
import { NotificationState } from '../../gen/vigo/v1/notifications_pb.js';
import { isoOf, textOrNull } from './time.ts';

export interface NotificationJson {
  readonly id: string;
  /** Its number: the order in which things have happened. */
  readonly seq: number;
  /** URL. */
  readonly endpoint: string;
  readonly type: string;
  readonly spoke: string | null;
  readonly createdAt: string | null;
  readonly state: 'pending' | 'dead';
  /** In vain. */
  readonly tries: number;
  /** Null if it was given up. */
  readonly nextTryAt: string | null;
  readonly lastError: string | null;
}

export interface NotificationsJson {
  /** Newest first. */
  readonly notifications: readonly NotificationJson[];
  /** For `--before`, to go on; null if there is nothing more. */
  readonly nextBefore: number | null;
}

export function notificationJson(notification: Notification): NotificationJson {
  const { id, seq, endpoint, type, spoke, createdAt, state, tries, nextTryAt, lastError } = notification;
  return {
    ...{ id, seq, endpoint, type, tries },
    spoke: textOrNull(spoke),
    createdAt: isoOf(createdAt),
    state: state === NotificationState.DEAD ? 'dead' : 'pending',
    nextTryAt: isoOf(nextTryAt),
    lastError: textOrNull(lastError),
  };
}

export function notificationsJson({ notifications, more }: ListNotificationsResponse): NotificationsJson {
  return {
    notifications: notifications.map(notificationJson),
    nextBefore: more ? (notifications.at(-1)?.seq ?? null) : null,
  };
}
