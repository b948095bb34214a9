/** One run of an agent: what went wrong first. */
import { useQuery } from '@connectrpc/connect-query';
import { useState } from 'react';
import { AdminService } from '../../../../src/gen/vigo/v1/admin_pb.js';
import type { Run } from '../../../../src/gen/vigo/v1/types_pb.js';
import { count } from '../../lib/numbers.ts';
import { envoyPath } from '../../lib/paths.ts';
import { failuresFirst, runOutcome } from '../../lib/run-outcome.ts';
import { Card } from '../../ui/card.tsx';
import { Choices } from '../../ui/choices.tsx';
import { Empty } from '../../ui/empty.tsx';
import { Notice } from '../../ui/notice.tsx';
import { PageHead } from '../../ui/page-head.tsx';
import { Queried } from '../../ui/queried.tsx';
import { StateLabel } from '../../ui/state-label.tsx';
import { Time } from '../../ui/time.tsx';
import { ResultTable } from './result-table.tsx';
import { RunFacts } from './run-facts.tsx';

export function RunPage({ id }: { readonly id: string }) {
  const query = useQuery(AdminService.method.getRun, { id });
  const run = query.data?.run;
  const envoys = { href: '/envoys', name: 'Envoys' };
  return (
    <>
      <PageHead
        title={run ? `Run of ${run.hostname || run.envoyId}` : 'Run'}
        crumbs={run ? [envoys, { href: envoyPath(run.envoyId), name: run.hostname || run.envoyId }] : [envoys]}
        badge={run && <StateLabel state={runOutcome(run)} badge />}
        note={run && <Time at={run.startedAt} />}
      />
      <Queried query={query} what="The run cannot be shown">
        {(data) => (data.run ? <Details run={data.run} /> : null)}
      </Queried>
    </>
  );
}

function Details({ run }: { readonly run: Run }) {
  const [shown, setShown] = useState<'all' | 'notable'>('all');
  const quiet = run.ok;
  const results = failuresFirst(run.results);
  const visible = shown === 'all' ? results : results.slice(0, results.length - quiet);
  return (
    <div className="stack">
      {run.error && (
        <Notice level="critical" title="It could not run">
          <p>{run.error}</p>
        </Notice>
      )}
      <Card title="Run">
        <RunFacts run={run} />
      </Card>
      <Card
        title="Results"
        note={count(run.results.length)}
        actions={
          quiet > 0 &&
          quiet < run.results.length && (
            <Choices
              label="Which results"
              value={shown}
              onChange={setShown}
              options={[
                { value: 'all', name: 'All' },
                { value: 'notable', name: 'Not ok' },
              ]}
            />
          )
        }
        flush
      >
        {run.results.length === 0 ? (
          <Empty icon="config" title="No resource was looked at" />
        ) : (
          <ResultTable results={visible} />
        )}
      </Card>
    </div>
  );
}
