/** The caller of `AgentService` and `Locate`: the envoy that its certificate names. */
import type { HandlerContext } from '@connectrpc/connect';
import { requirePeer } from '../platform/peer.ts';

export function envoyPeer(context: Pick<HandlerContext, 'values'>): { envoyId: string; keyHash: string } {
  const peer = requirePeer(context, 'envoy');
  return { envoyId: peer.id, keyHash: peer.keyDigest };
}
