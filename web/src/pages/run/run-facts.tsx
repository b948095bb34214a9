/** What is known about a run as a whole. */
import { Link } from 'wouter';
import type { Run } from '../../../../src/gen/vigo/v1/types_pb.js';
import { count } from '../../lib/numbers.ts';
import { spokePath } from '../../lib/paths.ts';
import { took } from '../../lib/times.ts';
import { Facts } from '../../ui/facts.tsx';
import { Time } from '../../ui/time.tsx';

export function RunFacts({ run }: { readonly run: Run }) {
  const { ok, changed, failed, skipped } = run;
  return (
    <Facts
      facts={[
        ['Id', <span className="mono">{run.id}</span>],
        ['Resources', `${count(ok)} ok, ${count(changed)} changed, ${count(failed)} failed, ${count(skipped)} skipped`],
        ['Started', <Time at={run.startedAt} exact />],
        ['Took', took(run.durationMs)],
        ['Received', <Time at={run.receivedAt} exact />],
        ['Spoke', run.spoke && <Link href={spokePath(run.spoke)}>{run.spoke}</Link>],
        ['Config', run.configVersion && <span className="mono">{run.configVersion}</span>],
      ]}
    />
  );
}
