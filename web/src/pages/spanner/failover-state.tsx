/** What does not go by itself: failovers that are held back, envoys without a spoke, and other warnings. */
import { Link } from 'wouter';
import type { GetSpannerStatusResponse } from '../../../../src/gen/vigo/v1/admin_pb.js';
import { counted } from '../../lib/numbers.ts';
import { spokePath } from '../../lib/paths.ts';
import { Notice } from '../../ui/notice.tsx';

export function FailoverState({ status }: { readonly status: GetSpannerStatusResponse }) {
  const { failover, unplaced, role, warnings } = status;
  return (
    <>
      {unplaced > 0 && (
        <Notice level="critical" title={`${counted(unplaced, 'envoy')} without a spoke that serves them`}>
          <p>
            Their spoke is not in the configuration any more, or has failed and no other takes them. Reassign them, or
            bring their spoke back.
          </p>
        </Notice>
      )}
      {failover?.held.map(({ spoke, guard, reason, envoys }) => (
        <Notice
          key={`${spoke} ${guard}`}
          level="warning"
          title={`Auto-failover does not drain ${spoke}: ${guard.replaceAll('_', ' ')}`}
        >
          <p>
            {reason}. {counted(envoys, 'envoy')} {envoys === 1 ? 'stays' : 'stay'} on{' '}
            <Link href={spokePath(spoke)}>{spoke}</Link> meanwhile; draining it by hand moves them.
          </p>
        </Notice>
      ))}
      {failover?.frozen && (
        <Notice level="warning" title="Auto-failover is frozen">
          <p>{failover.reason}</p>
        </Notice>
      )}
      {role === 'hub' && failover?.enabled === false && (
        <Notice level="notice" title="Auto-failover is off">
          <p>A spoke that fails keeps its envoys until it is drained by hand.</p>
        </Notice>
      )}
      {warnings
        .filter(({ spoke }) => !failover?.held.some((held) => held.spoke === spoke))
        .map(({ spoke, code, message }) => (
          <Notice key={`${spoke} ${code}`} level="warning" title={spoke || code.replaceAll('_', ' ')}>
            <p>{message}</p>
          </Notice>
        ))}
    </>
  );
}
