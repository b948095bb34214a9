/** What the hub knows about an envoy. */
import { Link } from 'wouter';
import { type Envoy, EnvoyDrift } from '../../../../src/gen/vigo/v1/types_pb.js';
import { movePath, spokePath } from '../../lib/paths.ts';
import { Facts } from '../../ui/facts.tsx';
import { StateLabel } from '../../ui/state-label.tsx';
import { Time } from '../../ui/time.tsx';

export function EnvoyFacts({ envoy, moveId }: { readonly envoy: Envoy; readonly moveId: string }) {
  const { id, spoke, epoch, reachable, drift, lastSeenAt, enrolledAt, configVersion } = envoy;
  return (
    <Facts
      facts={[
        ['Id', <span className="mono">{id}</span>],
        [
          'Spoke',
          <>
            <Link href={spokePath(spoke)}>{spoke}</Link> (epoch {epoch})
          </>,
        ],
        ['Reachable', <StateLabel state={reachable ? 'ok' : 'offline'}>{reachable ? 'yes' : 'no'}</StateLabel>],
        ['Last seen', <Time at={lastSeenAt} />],
        ['Last run', drift === EnvoyDrift.CHANGED ? 'had to change something' : 'had nothing to change'],
        ['Enrolled', <Time at={enrolledAt} />],
        ['Config', configVersion && <span className="mono">{configVersion}</span>],
        ['Moving in', moveId && <Link href={movePath(moveId)}>{moveId}</Link>],
      ]}
    />
  );
}
