/** Lets only one kind of peer call a service. */
import type { Interceptor } from '@connectrpc/connect';
import type { Identity } from '../../pki/identity.ts';
import { requirePeer } from './peer.ts';

/** Throws UNAUTHENTICATED or PERMISSION_DENIED before the handler is reached. */
export function requireKind(kind: Identity['kind']): Interceptor {
  return (next) => (request) => {
    requirePeer({ values: request.contextValues }, kind);
    return next(request);
  };
}
