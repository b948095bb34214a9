/**
 * An interceptor for one service of a listener.
 *
 * The router's own `interceptors` option of a service would replace the listener's, the error interceptor among them.
 */
import type { DescService } from '@bufbuild/protobuf';
import type { Interceptor } from '@connectrpc/connect';

export function forService(service: DescService, interceptor: Interceptor): Interceptor {
  return (next) => {
    const intercepted = interceptor(next);
    return (request) => (request.service.typeName === service.typeName ? intercepted(request) : next(request));
  };
}
