/** Runs, newest first. */
import { Link } from 'wouter';
import type { Run } from '../../../src/gen/vigo/v1/types_pb.js';
import { count } from '../lib/numbers.ts';
import { envoyPath, runPath } from '../lib/paths.ts';
import { runOutcome } from '../lib/run-outcome.ts';
import { shortVersion } from '../lib/short-version.ts';
import { took } from '../lib/times.ts';
import { type Column, DataTable } from './data-table.tsx';
import { Empty } from './empty.tsx';
import { StateLabel } from './state-label.tsx';
import { Time } from './time.tsx';

export interface RunTableProps {
  readonly runs: readonly Run[];
  /** Whose runs they are, which decides what need not be said. */
  readonly of: 'envoy' | 'spoke';
}

const number = (title: string, of: (run: Run) => number): Column<Run> => ({
  title,
  cell: (run) => (of(run) === 0 ? <span className="muted">0</span> : count(of(run))),
  number: true,
});

const STARTED: Column<Run> = {
  title: 'Started',
  cell: ({ id, startedAt }) => (
    <Link href={runPath(id)}>
      <Time at={startedAt} />
    </Link>
  ),
  head: true,
};
const HOSTNAME: Column<Run> = {
  title: 'Host name',
  cell: ({ hostname, envoyId }) => <Link href={envoyPath(envoyId)}>{hostname || envoyId}</Link>,
};
const SPOKE: Column<Run> = { title: 'Spoke', cell: ({ spoke }) => spoke };
const REST: readonly Column<Run>[] = [
  {
    title: 'Outcome',
    cell: (run) => <StateLabel state={runOutcome(run)}>{run.error ? 'could not run' : undefined}</StateLabel>,
  },
  number('Changed', ({ changed }) => changed),
  number('Failed', ({ failed }) => failed),
  number('Ok', ({ ok }) => ok),
  { title: 'Took', cell: ({ durationMs }) => took(durationMs), number: true },
  { title: 'Config', cell: ({ configVersion }) => <code>{shortVersion(configVersion)}</code> },
];

export function RunTable({ runs, of }: RunTableProps) {
  if (runs.length === 0) {
    return (
      <Empty icon="clock" title="No runs yet">
        <p>An agent reports its first run a moment after it has learnt what it should be like.</p>
      </Empty>
    );
  }
  const columns = of === 'envoy' ? [STARTED, ...REST, SPOKE] : [STARTED, HOSTNAME, ...REST];
  return <DataTable caption="Runs" columns={columns} rows={runs} rowKey={({ id }) => id} />;
}
