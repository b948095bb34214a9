/** Who calls our own services: the one that its certificate names. */
import type { X509Certificate } from 'node:crypto';
import type { HandlerContext } from '@connectrpc/connect';
import type { ReportingSpoke } from '../hub/spoke-reports.ts';
import { kCertificate, kConnection, requirePeer } from '../platform/peer.ts';

/** The caller of `AgentService` and `Locate`. Throws UNAUTHENTICATED, PERMISSION_DENIED for whoever is no envoy. */
export function envoyPeer(context: Pick<HandlerContext, 'values'>): { envoyId: string; keyHash: string } {
  const peer = requirePeer(context, 'envoy');
  return { envoyId: peer.id, keyHash: peer.keyDigest };
}

/** The caller of `Report`. Throws UNAUTHENTICATED, PERMISSION_DENIED for whoever is no spoke. */
export function reportingSpoke(context: Pick<HandlerContext, 'values'>): ReportingSpoke {
  const { id } = requirePeer(context, 'spoke');
  return { spokeId: id, connection: context.values.get(kConnection)?.() };
}

/** The certificate that the caller's connection shows. */
export function shownCertificate(context: Pick<HandlerContext, 'values'>): X509Certificate | undefined {
  return context.values.get(kCertificate)?.();
}
