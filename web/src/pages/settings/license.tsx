/** The license, and how much of it is used. */
import { useQuery } from '@connectrpc/connect-query';
import { AdminService, type GetLicenseResponse } from '../../../../src/gen/vigo/v1/admin_pb.js';
import { count, percent } from '../../lib/numbers.ts';
import { Card } from '../../ui/card.tsx';
import { Facts } from '../../ui/facts.tsx';
import { Progress } from '../../ui/progress.tsx';
import { Queried } from '../../ui/queried.tsx';
import { Time } from '../../ui/time.tsx';

export function License() {
  const query = useQuery(AdminService.method.getLicense, {});
  return (
    <Card title="License">
      <Queried query={query} what="The license cannot be shown">
        {(license) => <Details license={license} />}
      </Queried>
    </Card>
  );
}

// Then it is time to ask for more.
const NEARLY_FULL = 0.9;

function Details({ license }: { readonly license: GetLicenseResponse }) {
  const { customer, tier, envoys, envoysUsed, expiresAt, evaluation, fingerprint, fingerprints } = license;
  const isNearlyFull = envoysUsed >= envoys * NEARLY_FULL;
  return (
    <div className="stack">
      <div className="move-progress">
        <p>
          <strong>{count(envoysUsed)}</strong> of {count(envoys)} envoys used
          <span className="secondary"> ({percent(envoysUsed, envoys) ?? '–'})</span>
        </p>
        <Progress label="Envoys used" done={envoysUsed} of={envoys} tone={isNearlyFull ? 'warn' : 'info'} />
      </div>
      <Facts
        facts={[
          ['Customer', customer || 'nobody: the built-in free license'],
          ['Tier', evaluation ? `${tier} (evaluation)` : tier],
          ['Ends', <Time at={expiresAt} none="never" />],
          ['Fingerprint', <span className="mono">{fingerprint}</span>],
          ['Good for', fingerprints.length > 0 && <span className="mono">{fingerprints.join(', ')}</span>],
        ]}
      />
    </div>
  );
}
