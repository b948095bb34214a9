/**
 * An interceptor for one service of a listener.
 *
 * The router's own `interceptors` option of a service would replace the listener's, the error interceptor among them.
 */
import type { DescService } from '@bufbuild/protobuf';
import type { Interceptor } from '@connectrpc/connect';
import type { InstantContext } from './instant-calls.ts';

/** Looks at who is calling and nothing else. Throws to refuse. */
export type Guard = (context: Pick<InstantContext, 'values'>) => void;

/** An interceptor that is nothing but a guard: calls that do without interceptors need only call it. */
export type GuardInterceptor = Interceptor & { readonly guard: Guard };

export function forService(service: DescService, interceptor: Interceptor | GuardInterceptor): ServiceInterceptor {
  const { typeName } = service;
  const scoped: Interceptor = (next) => {
    const intercepted = interceptor(next);
    return (request) => (request.service.typeName === typeName ? intercepted(request) : next(request));
  };
  const guard = 'guard' in interceptor ? { guard: interceptor.guard } : {};
  return Object.assign(scoped, { service: typeName, ...guard });
}

/** Leaves the calls of all services but one alone. */
export type ServiceInterceptor = Interceptor & { readonly service: string; readonly guard?: Guard };

/** What stands before calls of `service`, if that is nothing but guards; else undefined. */
export function guardsOf(service: DescService, interceptors: readonly Interceptor[]): Guard[] | undefined {
  const guards: Guard[] = [];
  for (const interceptor of interceptors) {
    if ('service' in interceptor && interceptor.service !== service.typeName) continue;
    if (!('guard' in interceptor)) return undefined;
    guards.push(interceptor.guard as Guard);
  }
  return guards;
}
