/**
 * Unary calls that are answered from memory, at once: marked where they are implemented, collected where they are mounted.
 *
 * The router serves them like all others; a listener may also answer the common form of them without the machinery that
 * waiting needs (see `unary-fast-path.ts`). Both call the same function.
 */
import type { DescMessage, DescMethodUnary, DescService, MessageInitShape, MessageShape } from '@bufbuild/protobuf';
import type { ConnectRouter, HandlerContext } from '@connectrpc/connect';

/** What such a call may know about its request. */
export type InstantContext = Pick<HandlerContext, 'values' | 'requestHeader'>;

type InstantHandler<I extends DescMessage, O extends DescMessage> = (
  request: MessageShape<I>,
  context: InstantContext,
) => MessageInitShape<O>;

export interface InstantCall {
  readonly method: DescMethodUnary;
  readonly handler: InstantHandler<DescMessage, DescMessage>;
  /** Of its service, where it has one of its own; bytes. */
  readonly readMaxBytes: number | undefined;
}

const kInstant = Symbol('instant');

/** Marks an implementation of `method`. It must not wait, nor need any other part of its context. */
export function instant<I extends DescMessage, O extends DescMessage>(
  method: DescMethodUnary<I, O>,
  handler: InstantHandler<I, O>,
): InstantHandler<I, O> {
  return Object.assign(handler, { [kInstant]: method });
}

/** Mounts the services of `routes` on `router`; returns those of their calls that are marked. */
export function mountAndCollect(router: ConnectRouter, routes: (router: ConnectRouter) => void): InstantCall[] {
  const calls: InstantCall[] = [];
  const collecting: ConnectRouter = {
    handlers: router.handlers,
    service(service, implementation, options) {
      router.service(service, implementation, options);
      calls.push(...markedIn(service, implementation, options?.readMaxBytes));
      return collecting;
    },
    rpc(method, implementation, options) {
      router.rpc(method, implementation, options);
      return collecting;
    },
  };
  routes(collecting);
  return calls;
}

/** The call behind these guards; undefined if more than guards stands before it, so that only the router can serve it. */
export function guarded(
  call: InstantCall,
  guards: readonly ((context: InstantContext) => void)[] | undefined,
): InstantCall | undefined {
  if (!guards || guards.length === 0) return guards && call;
  return {
    ...call,
    handler: (request, context) => {
      for (const guard of guards) guard(context);
      return call.handler(request, context);
    },
  };
}

function markedIn(service: DescService, implementation: object, readMaxBytes: number | undefined): InstantCall[] {
  return service.methods.flatMap((method) => {
    const handler = (implementation as Record<string, Partial<Marked>>)[method.localName];
    const marked = handler?.[kInstant];
    return marked && marked === method ? [{ method: marked, handler: handler as Marked, readMaxBytes }] : [];
  });
}

type Marked = InstantCall['handler'] & { readonly [kInstant]: DescMethodUnary };
