/** Entries of the audit log. */

import { Link } from 'wouter';
import type { AuditEntry } from '../../../../src/gen/vigo/v1/admin_pb.js';
import { shortSubject, subjectPath } from '../../lib/audit-subject.ts';
import { count, counted } from '../../lib/numbers.ts';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { StateLabel } from '../../ui/state-label.tsx';
import { Time } from '../../ui/time.tsx';
import './audit-table.css';

const COLUMNS: readonly Column<AuditEntry>[] = [
  { title: 'No', cell: ({ seq }) => count(seq), number: true },
  { title: 'When', cell: ({ at }) => <Time at={at} /> },
  {
    title: 'Who',
    cell: ({ actor, origin }) => (
      <div>
        {actor}
        {origin && <div className="audit-origin">{origin}</div>}
      </div>
    ),
    className: 'nowrap',
  },
  { title: 'What', cell: ({ action }) => <code>{action}</code>, head: true },
  { title: 'On', cell: (entry) => <Subject entry={entry} /> },
  { title: 'Detail', cell: (entry) => <Detail entry={entry} />, className: 'wide' },
  {
    title: 'Result',
    cell: ({ result }) =>
      result === 'ok' || result === '' ? (
        <StateLabel state="ok" />
      ) : (
        <StateLabel state="failed">
          <code>{result}</code>
        </StateLabel>
      ),
  },
];

export function AuditTable({ entries }: { readonly entries: readonly AuditEntry[] }) {
  return <DataTable caption="Audit log" columns={COLUMNS} rows={entries} rowKey={({ seq }) => seq} />;
}

/** Linked to where it is shown; ids and digests by how they begin, in full when pointed at. */
function Subject({ entry: { action, subject } }: { readonly entry: AuditEntry }) {
  const short = <code title={subject}>{shortSubject(subject)}</code>;
  const path = subjectPath(action, subject);
  return path ? <Link href={path}>{short}</Link> : short;
}

function Detail({ entry: { detail, envoys, envoyCount } }: { readonly entry: AuditEntry }) {
  if (envoyCount === 0) return detail;
  const unnamed = envoyCount - envoys.length;
  return (
    <div className="audit-detail">
      {detail}
      <details>
        <summary>{counted(envoyCount, 'envoy')}</summary>
        <p className="secondary">
          {envoys.join(', ')}
          {unnamed > 0 && ` and ${count(unnamed)} more`}
        </p>
      </details>
    </div>
  );
}
