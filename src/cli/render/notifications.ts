/** Notifications for people. */
import type { NotificationJson } from '../json/notification.ts';
import type { Column } from './table-layout.ts';

export const NOTIFICATION_COLUMNS: Column<NotificationJson>[] = [
  { title: 'ID', value: (one) => one.id, expendable: 0 },
  { title: 'WHEN', value: (one) => one.createdAt ?? '-', expendable: 3 },
  { title: 'WHAT', value: (one) => one.type, expendable: 0 },
  { title: 'SPOKE', value: (one) => one.spoke ?? '-', expendable: 1 },
  { title: 'STATE', value: (one) => one.state, expendable: 0 },
  { title: 'TRIES', value: (one) => String(one.tries), align: 'right', expendable: 2 },
  { title: 'NEXT', value: (one) => one.nextTryAt ?? '-', expendable: 4 },
  { title: 'ENDPOINT', value: (one) => one.endpoint, expendable: 1, min: 12 },
  { title: 'LAST ERROR', value: (one) => one.lastError ?? '-', expendable: 2, min: 12 },
];
