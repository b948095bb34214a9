/** Lets only one kind of peer call a service. */
import type { Identity } from '../../pki/identity.ts';
import type { Guard, GuardInterceptor } from './for-service.ts';
import { requirePeer } from './peer.ts';

/** Throws UNAUTHENTICATED or PERMISSION_DENIED before the handler is reached. */
export function requireKind(kind: Identity['kind']): GuardInterceptor {
  const guard: Guard = (context) => void requirePeer(context, kind);
  const interceptor: GuardInterceptor = Object.assign(
    (next: Parameters<GuardInterceptor>[0]): ReturnType<GuardInterceptor> =>
      (request) => {
        guard({ values: request.contextValues });
        return next(request);
      },
    { guard },
  );
  return interceptor;
}
