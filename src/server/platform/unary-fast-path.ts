/**
 * Answers instant calls in their common form without the router: HTTP/2, the Connect protocol, binary, not compressed.
 * That is how agents check in, which is most of what a spoke does all day: the router's abort signals, headers objects and
 * promises cost twice as much as TLS and HTTP/2 together.
 *
 * Everything else, and every other form of the same call, is the router's. What is answered here is answered as the router
 * would: the same codec, limits, handler and errors. A handler that does not wait needs no deadline.
 */
import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { create, type DescMessage, type Message } from '@bufbuild/protobuf';
import { Code, ConnectError, type ContextValues, createContextValues } from '@connectrpc/connect';
import { createMethodSerializationLookup } from '@connectrpc/connect/protocol';
import { codeToHttpStatus, errorToJsonBytes } from '@connectrpc/connect/protocol-connect';
import { messageOf, VigoError } from '../../fleet/errors.ts';
import type { Logger } from '../../platform/logger.ts';
import { RETRY_AFTER, retryAfterText } from '../../rpc/retry-after.ts';
import { connectErrorFor, connectErrorOf } from './error-interceptor.ts';
import type { InstantCall, InstantContext } from './instant-calls.ts';
import type { RpcMetrics } from './metrics/rpc-metrics.ts';
import { MAX_DISCARDED_BYTES } from './rpc-handler.ts';

export interface UnaryFastPathOptions {
  readonly calls: readonly InstantCall[];
  /** Largest request of a call whose service has no limit of its own, bytes. */
  readonly readMaxBytes: number;
  /** Called once per request. */
  readonly contextValues?: ((request: { readonly stream: ServerHttp2Stream }) => ContextValues) | undefined;
  /** Default: the time that calls take is not noted. */
  readonly metrics?: Pick<RpcMetrics, 'timer'> | undefined;
  readonly logger: Logger;
}

/** False if the stream is not for it: nothing was read or sent then. */
export type UnaryFastPath = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => boolean;

interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: Uint8Array;
  /** Null if it does not say. */
  readonly retryAfter?: string | null;
}

interface Route {
  readonly readMaxBytes: number;
  /** Never throws. */
  answer(message: Uint8Array, stream: ServerHttp2Stream, headers: IncomingHttpHeaders): Answer;
}

export function createUnaryFastPath(options: UnaryFastPathOptions): UnaryFastPath {
  const routes = new Map(
    options.calls.map((call) => [`/${call.method.parent.typeName}/${call.method.name}`, routeOf(call, options)]),
  );
  return (stream, headers) => {
    const route = routes.get(headers[':path'] as string);
    if (!route || !isCommonForm(headers, route.readMaxBytes)) return false;
    receive(stream, headers, route, options.logger);
    return true;
  };
}

/** A host name or address with a port; what else stands there, the router refuses or understands. */
const PLAIN_AUTHORITY = /^(?:\[[0-9a-f:.]{2,45}\]|[a-z0-9_.-]{1,253})(?::\d{1,5})?$/i;

/** What the router would look at more closely is left to it. */
function isCommonForm(headers: IncomingHttpHeaders, readMaxBytes: number): boolean {
  const { 'connect-timeout-ms': timeout, 'content-length': length } = headers;
  return (
    headers[':method'] === 'POST' &&
    headers['content-type'] === 'application/proto' &&
    headers['content-encoding'] === undefined &&
    headers.expect === undefined &&
    PLAIN_AUTHORITY.test(headers[':authority'] ?? '') &&
    (length === undefined || Number(length) <= readMaxBytes) &&
    (timeout === undefined || (typeof timeout === 'string' && /^\d{1,10}$/.test(timeout)))
  );
}

function receive(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, route: Route, logger: Logger): void {
  let chunks: Uint8Array[] = [];
  let size = 0;
  let answered = false;
  const send = ({ status, contentType, body, retryAfter }: Answer): void => {
    answered = true;
    chunks = [];
    // The peer has hung up meanwhile.
    if (stream.destroyed || stream.closed) return;
    stream.respond({
      ':status': status,
      'content-type': contentType,
      'content-length': body.length,
      ...(retryAfter ? { [RETRY_AFTER]: retryAfter } : {}),
    });
    stream.end(body);
  };
  stream.on('data', (chunk: Uint8Array) => {
    size += chunk.length;
    if (answered) {
      if (size > MAX_DISCARDED_BYTES) stream.destroy();
    } else if (size > route.readMaxBytes) {
      send(errorAnswer(tooLarge(route.readMaxBytes)));
    } else {
      chunks.push(chunk);
    }
  });
  stream.on('end', () => {
    if (answered) return;
    const [first] = chunks;
    send(route.answer(chunks.length === 1 && first ? first : Buffer.concat(chunks), stream, headers));
  });
  stream.on('error', (error) => logger.debug({ error: messageOf(error) }, 'answer not sent'));
}

function routeOf(call: InstantCall, options: UnaryFastPathOptions): Route {
  const { contextValues, logger } = options;
  const limits = { readMaxBytes: call.readMaxBytes ?? options.readMaxBytes, writeMaxBytes: 0xffffffff };
  const codec = createMethodSerializationLookup<DescMessage, DescMessage>(call.method, undefined, undefined, limits);
  const [input, output] = [codec.getI(true), codec.getO(true)];
  const refusals = createRefusals();
  const timer = options.metrics?.timer(call.method);
  return {
    readMaxBytes: limits.readMaxBytes,
    answer(message, stream, headers) {
      const begun = timer?.begun() ?? 0;
      try {
        const context = createContext(contextValues?.({ stream }), headers);
        const body = output.serialize(handle(call, input.parse(message), context, logger));
        timer?.ended(begun, undefined);
        return { status: 200, contentType: 'application/proto', body };
      } catch (error) {
        if (error instanceof VigoError && error.code === 'OVERLOADED') {
          timer?.ended(begun, Code.ResourceExhausted);
          return refusals.answer(error);
        }
        const failure = ConnectError.from(error, Code.Internal);
        timer?.ended(begun, failure.code);
        return errorAnswer(failure);
      }
    },
  };
}

/** What a handler throws is translated here, as the error interceptor does around the router's; refusals stay as they are. */
function handle({ method, handler }: InstantCall, request: Message, context: InstantContext, logger: Logger): Message {
  try {
    return create(method.output, handler(request, context));
  } catch (error) {
    if (error instanceof VigoError && error.code === 'OVERLOADED') throw error;
    throw connectErrorFor(error, { rpc: method.name, logger });
  }
}

/** A gate says one thing; who says more than this is not one. */
const MAX_REFUSALS_KEPT = 16;

/** A server that has too much to do says the same again and again: all but the delay is made once. */
function createRefusals() {
  const made = new Map<string, Answer>();
  return {
    answer(error: VigoError): Answer {
      const known = made.get(error.message) ?? errorAnswer(connectErrorOf(error));
      if (made.size < MAX_REFUSALS_KEPT) made.set(error.message, known);
      const { retryAfterMs } = error;
      return { ...known, retryAfter: retryAfterMs === undefined ? null : retryAfterText(retryAfterMs) };
    },
  };
}

function createContext(values: ContextValues | undefined, headers: IncomingHttpHeaders): InstantContext {
  return {
    values: values ?? createContextValues(),
    get requestHeader() {
      const fields = Object.entries(headers).filter(([name]) => !name.startsWith(':'));
      return new Headers(fields.map(([name, value]) => [name, String(value)]));
    },
  };
}

function errorAnswer(error: ConnectError): Answer {
  return {
    status: codeToHttpStatus(error.code),
    contentType: 'application/json',
    body: errorToJsonBytes(error, undefined),
    retryAfter: error.metadata.get(RETRY_AFTER),
  };
}

const tooLarge = (readMaxBytes: number): ConnectError =>
  new ConnectError(`message size is larger than configured readMaxBytes ${readMaxBytes}`, Code.ResourceExhausted);
