/**
 * From a Node request to the RPC router and back.
 *
 * Does the work of connect-node's `connectNodeAdapter`, which throws out of the request listener on a malformed
 * authority (that would end the process) and writes failures to the console.
 */
import type { ServerHttp2Stream } from 'node:http2';
import type { ConnectRouter } from '@connectrpc/connect';
import {
  Code,
  ConnectError,
  type ConnectRouterOptions,
  type ContextValues,
  createConnectRouter,
} from '@connectrpc/connect';
import type { UniversalHandler } from '@connectrpc/connect/protocol';
import { universalRequestFromNodeRequest, universalResponseToNodeResponse } from '@connectrpc/connect-node';
import { messageOf } from '../../fleet/errors.ts';
import type { Logger } from '../../platform/logger.ts';
import { type HttpHandler, type HttpRequest, type HttpResponse, pathOf, sendJson } from './http-json.ts';
import { type InstantCall, mountAndCollect } from './instant-calls.ts';
import type { SlowRequests } from './slow-requests.ts';

export interface RpcHandlerOptions {
  /** Mounts the services. */
  readonly routes: (router: ConnectRouter) => void;
  readonly router: ConnectRouterOptions;
  /** Answers every path that is not an RPC. */
  readonly fallback: HttpHandler;
  /** What handlers can read from their context; called once per request. */
  readonly contextValues?: (request: HttpRequest) => ContextValues;
  /** Who ends requests that do not arrive in full; calls whose body is a stream are taken from it until they are answered. */
  readonly slow?: Pick<SlowRequests, 'watch' | 'release'>;
  readonly logger: Logger;
}

export interface RpcHandler {
  /** Never throws: what cannot be understood is answered with 400. */
  readonly answer: HttpHandler;
  /** The calls that need no router, for who wants to spare it. */
  readonly instantCalls: readonly InstantCall[];
}

export function createRpcHandler(options: RpcHandlerOptions): RpcHandler {
  const router = createConnectRouter(options.router);
  const instantCalls = mountAndCollect(router, options.routes);
  const handlers = new Map(router.handlers.map((handler) => [handler.requestPath, handler]));

  const serve = (handler: UniversalHandler, request: HttpRequest, response: HttpResponse) => {
    const upload = uploadOf(handler, request);
    if (upload && options.slow) watchOnceAnswered(upload, options.slow);
    const universal = universalRequestFromNodeRequest(request, response, undefined, options.contextValues?.(request));
    handler(universal)
      .then((answer) => {
        discardUploadAfterAnswer(request);
        return universalResponseToNodeResponse(answer, response);
      })
      .catch((error: unknown) => {
        // The peer hung up or the stream was reset; the handler's own failures have become answers long before.
        const gone = ConnectError.from(error).code === Code.Aborted || response.destroyed;
        options.logger[gone ? 'debug' : 'warn'](
          { rpc: handler.requestPath, error: messageOf(error) },
          'answer not sent',
        );
        response.destroy();
      });
  };

  const answer: HttpHandler = (request, response) => {
    try {
      const handler = handlers.get(pathOf(request));
      if (handler) serve(handler, request, response);
      else options.fallback(request, response);
    } catch (error) {
      options.logger.debug({ error: messageOf(error) }, 'request refused');
      sendJson(response, 400, { error: { code: 'INVALID_ARGUMENT', message: 'the request cannot be understood' } });
    }
  };
  return { answer, instantCalls };
}

/** The stream of a call whose body is made of many messages. */
function uploadOf({ method }: UniversalHandler, request: HttpRequest): ServerHttp2Stream | undefined {
  const streams = method.methodKind === 'client_streaming' || method.methodKind === 'bidi_streaming';
  return streams && 'stream' in request ? request.stream : undefined;
}

function watchOnceAnswered(upload: ServerHttp2Stream, slow: Pick<SlowRequests, 'watch' | 'release'>): void {
  slow.release(upload);
  upload.once('finish', () => slow.watch(upload));
}

// A peer that sends more than this after its answer is not listening.
export const MAX_DISCARDED_BYTES = 256 * 1024 * 1024;

/**
 * An answer may come before the end of the upload (too large, refused). What still arrives is thrown away: if nobody read
 * it, the stream would stay open for ever, and if it were reset, many clients would report the reset and not the answer.
 */
function discardUploadAfterAnswer(request: HttpRequest): void {
  if (request.complete || !('stream' in request)) return;
  const { stream } = request;
  stream.once('finish', () => {
    let discarded = 0;
    stream.removeAllListeners('data').on('data', (chunk: Buffer) => {
      discarded += chunk.length;
      if (discarded > MAX_DISCARDED_BYTES) stream.destroy();
    });
    stream.resume();
  });
}
