/** What the fleet should be like: what is published, which spoke has it, what was published before. */
import { useQuery } from '@connectrpc/connect-query';
import { AdminService, type GetConfigStatusResponse } from '../../../../src/gen/vigo/v1/admin_pb.js';
import { Card } from '../../ui/card.tsx';
import { CopyLine } from '../../ui/copy-line.tsx';
import { Empty } from '../../ui/empty.tsx';
import { PageHead } from '../../ui/page-head.tsx';
import { Queried } from '../../ui/queried.tsx';
import { AdminActions } from '../../ui/read-only.tsx';
import { ConfigHistory } from './config-history.tsx';
import { PublishedFacts } from './published-facts.tsx';
import { SpokeVersions } from './spoke-versions.tsx';

export function Config() {
  const query = useQuery(AdminService.method.getConfigStatus, {});
  return (
    <>
      <PageHead
        title="Config"
        note="Published by vigocli config publish, given to all spokes"
        actions={<AdminActions>{null}</AdminActions>}
      />
      <Queried query={query} what="The versions cannot be shown">
        {(status) => (status.current ? <Published status={status} /> : <NothingPublished />)}
      </Queried>
    </>
  );
}

function Published({ status: { current, spokes } }: { readonly status: GetConfigStatusResponse }) {
  return (
    <div className="stack">
      <div className="columns columns-even">
        <Card title="Published">{current && <PublishedFacts version={current} />}</Card>
        <Card title="Spokes" flush>
          <SpokeVersions spokes={spokes} />
        </Card>
      </div>
      <ConfigHistory current={current} />
    </div>
  );
}

function NothingPublished() {
  return (
    <div className="card">
      <Empty icon="config" title="Nothing is published yet">
        <p>
          Stacks say what envoys should be like. They are checked before they are published; agents then fetch theirs.
        </p>
        <CopyLine what="the command" text='vigocli config publish --stacks ./stacks -m "First tree"' />
      </Empty>
    </div>
  );
}
