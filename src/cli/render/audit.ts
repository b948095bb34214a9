/** The audit log for people. */
import type { AuditEntryJson } from '../json/audit.ts';
import type { Column } from './table-layout.ts';

export const AUDIT_COLUMNS: Column<AuditEntryJson>[] = [
  { title: 'NO', value: (entry) => String(entry.seq), align: 'right', expendable: 4 },
  { title: 'WHEN', value: (entry) => entry.at ?? '-', expendable: 1 },
  { title: 'WHO', value: (entry) => entry.actor, expendable: 3, min: 6 },
  { title: 'WHAT', value: (entry) => entry.action, expendable: 0 },
  { title: 'ON', value: (entry) => entry.subject, expendable: 0, min: 8 },
  { title: 'RESULT', value: (entry) => entry.result, expendable: 2 },
  { title: 'FROM', value: (entry) => entry.origin ?? '-', expendable: 5 },
  { title: 'DETAIL', value: (entry) => entry.detail, expendable: 2, min: 12 },
];
