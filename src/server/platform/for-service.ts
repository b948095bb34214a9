/**
 * An interceptor for one service of a listener.
 *
 * The router's own `interceptors` option of a service would replace the listener's, the error interceptor among them.
 */
import type { DescService } from '@bufbuild/protobuf';
import type { Interceptor } from '@connectrpc/connect';

export function forService(service: DescService, interceptor: Interceptor): ServiceInterceptor {
  const { typeName } = service;
  const scoped: Interceptor = (next) => {
    const intercepted = interceptor(next);
    return (request) => (request.service.typeName === typeName ? intercepted(request) : next(request));
  };
  return Object.assign(scoped, { service: typeName });
}

/** Leaves the calls of all services but one alone. */
export type ServiceInterceptor = Interceptor & { readonly service: string };

/** Whether calls of `service` pass through any of these. */
export function isIntercepted(service: DescService, interceptors: readonly Interceptor[]): boolean {
  return interceptors.some((interceptor) => !('service' in interceptor) || interceptor.service === service.typeName);
}
