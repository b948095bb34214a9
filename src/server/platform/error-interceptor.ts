/**
 * What a handler throws becomes what a client sees, once, here: a `VigoError` keeps its code and message, everything that
 * nobody planned is logged and becomes "internal error".
 */
import { Code, ConnectError, type Interceptor, type StreamResponse } from '@connectrpc/connect';
import { type ErrorKind, VigoError } from '../../fleet/errors.ts';
import { ErrorDetailSchema } from '../../gen/vigo/v1/types_pb.js';
import type { Logger } from '../../platform/logger.ts';
import { RETRY_AFTER, retryAfterText } from '../../rpc/retry-after.ts';

const CODES: Record<ErrorKind, Code> = {
  invalid_argument: Code.InvalidArgument,
  not_found: Code.NotFound,
  already_exists: Code.AlreadyExists,
  failed_precondition: Code.FailedPrecondition,
  permission_denied: Code.PermissionDenied,
  unauthenticated: Code.Unauthenticated,
  resource_exhausted: Code.ResourceExhausted,
  unavailable: Code.Unavailable,
  deadline_exceeded: Code.DeadlineExceeded,
  aborted: Code.Aborted,
  internal: Code.Internal,
};

/** The RPC error for `error`, carrying its code as an `ErrorDetail` and its retry delay as a header. */
export function connectErrorOf(error: VigoError): ConnectError {
  const detail = { desc: ErrorDetailSchema, value: { code: error.code } };
  const { retryAfterMs } = error;
  const headers = retryAfterMs === undefined ? undefined : { [RETRY_AFTER]: retryAfterText(retryAfterMs) };
  return new ConnectError(error.message, CODES[error.kind], headers, [detail], error);
}

/** What the caller of `rpc` is told about `error`; what nobody planned is logged. */
export function connectErrorFor(
  error: unknown,
  context: { readonly rpc: string; readonly logger: Logger },
): ConnectError {
  if (error instanceof VigoError) return connectErrorOf(error);
  if (error instanceof ConnectError) return withoutUpstream(error);
  if (isAbort(error)) return abortError(error);
  context.logger.error({ rpc: context.rpc, error: stackOf(error) }, 'handler failed');
  return new ConnectError('internal error', Code.Internal, undefined, undefined, error);
}

/** Goes outermost, around handlers and other interceptors. Costs a successful unary call one `try`. */
export function createErrorInterceptor(options: { readonly logger: Logger }): Interceptor {
  return (next) => async (request) => {
    const translate = (error: unknown): ConnectError => {
      // A deadline, a client that hung up or a server that stops: whatever the handler made of it, this is the reason.
      const { aborted, reason } = request.signal;
      if (!(error instanceof VigoError) && aborted && (isAbort(error) || error === reason || isCutOff(error)))
        return abortError(reason);
      return connectErrorFor(error, { rpc: request.method.name, logger: options.logger });
    };
    try {
      const response = await next(request);
      return response.stream ? { ...response, message: guard(response.message, translate) } : response;
    } catch (error) {
      throw translate(error);
    }
  };
}

async function* guard(messages: StreamResponse['message'], translate: (error: unknown) => ConnectError) {
  let taken = true;
  try {
    for await (const message of messages) {
      taken = false;
      yield message;
      taken = true;
    }
  } catch (error) {
    // Thrown in while a message was handed out: by the transport, whose peer has gone. The handler has done nothing wrong.
    throw taken ? translate(error) : abortError(error);
  }
}

const isAbort = (error: unknown): error is Error =>
  error instanceof Error && (error.name === 'AbortError' || error.name === 'TimeoutError');

/** What reading a question gives whose caller has hung up in the middle of it. */
const isCutOff = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ERR_STREAM_PREMATURE_CLOSE';

function abortError(reason: unknown): ConnectError {
  if (reason instanceof ConnectError) return reason;
  const timeout = reason instanceof Error && reason.name === 'TimeoutError';
  return new ConnectError(timeout ? 'deadline exceeded' : 'canceled', timeout ? Code.DeadlineExceeded : Code.Canceled);
}

/** An error of a call that the handler made itself carries that answer's headers; they are not ours to send. */
function withoutUpstream(error: ConnectError): ConnectError {
  if (error.metadata.keys().next().done) return error;
  const details = error.details.filter((detail) => 'desc' in detail);
  return new ConnectError(error.rawMessage, error.code, undefined, details, error);
}

const stackOf = (error: unknown): string => (error instanceof Error ? (error.stack ?? error.message) : String(error));
