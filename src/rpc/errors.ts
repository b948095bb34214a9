/** What went wrong with a call, as an error of the catalogue: the server's own code where it sent one. */
import { Code, ConnectError } from '@connectrpc/connect';
import { type ErrorCode, isErrorCode, messageOf, VigoError } from '../fleet/errors.ts';
import { ErrorDetailSchema } from '../gen/vigo/v1/types_pb.js';
import { retryAfterOf } from './retry-after.ts';

export interface CallContext {
  /** Who was called, as a person would say it: "the hub at https://hub.example.com:8443". */
  readonly target: string;
}

/** Codes for servers and proxies that send no detail. */
const BY_CODE: Partial<Record<Code, ErrorCode>> = {
  [Code.InvalidArgument]: 'INVALID_ARGUMENT',
  [Code.Unauthenticated]: 'UNAUTHENTICATED',
  [Code.PermissionDenied]: 'PERMISSION_DENIED',
  [Code.ResourceExhausted]: 'OVERLOADED',
  [Code.DeadlineExceeded]: 'TIMEOUT',
  [Code.Unimplemented]: 'NOT_SERVED_HERE',
  [Code.Unavailable]: 'UNREACHABLE',
  [Code.Canceled]: 'UNREACHABLE',
};

/** Plain words for what Node calls by a code. */
const NETWORK: Record<string, string> = {
  ECONNREFUSED: 'connection refused: is it running, and is the port right?',
  ECONNRESET: 'the connection was cut',
  EPIPE: 'the connection was cut',
  ENOTFOUND: 'the host name cannot be resolved',
  EAI_AGAIN: 'the host name cannot be resolved just now',
  EHOSTUNREACH: 'there is no route to the host',
  ENETUNREACH: 'there is no route to the network',
  ETIMEDOUT: 'the connection timed out',
  ERR_SOCKET_CLOSED: 'the connection was closed during the handshake',
  ERR_HTTP2_SESSION_ERROR: 'the connection was cut',
  ERR_HTTP2_GOAWAY_SESSION: 'the server is stopping',
  ERR_HTTP2_STREAM_CANCEL: 'the connection was cut',
};

const NOT_TRUSTED = 'its certificate is not trusted: pass the CA of this fleet with --ca-file';

/** Never throws; a `VigoError` comes back as it is. */
export function toVigoError(error: unknown, context: CallContext): VigoError {
  const chain = causesOf(error);
  const known = chain.find((cause) => cause instanceof VigoError);
  if (known) return known;
  const rpc = chain.find((cause) => cause instanceof ConnectError);
  const told = rpc?.findDetails(ErrorDetailSchema)[0]?.code;
  // A newer server may send a code that this program does not know; its message is good all the same.
  if (rpc && told !== undefined)
    return new VigoError(isErrorCode(told) ? told : 'INTERNAL', rpc.rawMessage, {
      cause: error,
      retryAfterMs: retryAfterOf(rpc),
    });
  const network = networkFailure(chain);
  if (network) return unreachable(network, context, error);
  if (!rpc) return new VigoError('INTERNAL', `call to ${context.target} failed: ${messageOf(error)}`, { cause: error });
  return fromCode(rpc, context);
}

function fromCode(error: ConnectError, { target }: CallContext): VigoError {
  const of = (code: ErrorCode, message: string) =>
    new VigoError(code, message, { cause: error, retryAfterMs: retryAfterOf(error) });
  const tooLarge = error.code === Code.ResourceExhausted && error.rawMessage.includes('readMaxBytes');
  if (tooLarge) return of('MESSAGE_TOO_LARGE', `message to or from ${target} is too large: ${error.rawMessage}`);
  const code = BY_CODE[error.code] ?? 'INTERNAL';
  switch (code) {
    case 'TIMEOUT':
      return of(code, `${target} did not answer in time`);
    case 'UNREACHABLE': {
      // What is left of a session that ended without a word, such as that of a server that does not trust our certificate.
      const cut = error.rawMessage.startsWith('http/2 stream closed with error code');
      return of(code, `cannot reach ${target}: ${cut ? NETWORK.ECONNRESET : error.rawMessage}`);
    }
    case 'NOT_SERVED_HERE':
      return of(code, `${target} does not serve this call: it has another role or an older version`);
    default:
      return of(code, `${target} refused: ${error.rawMessage}`);
  }
}

const unreachable = (why: string, { target }: CallContext, cause: unknown): VigoError =>
  new VigoError('UNREACHABLE', `cannot reach ${target}: ${why}`, { cause });

/** The deepest cause that has a name among network errors, in words. */
function networkFailure(chain: readonly Error[]): string | undefined {
  for (const cause of chain.toReversed()) {
    const { code } = cause as NodeJS.ErrnoException;
    if (typeof code !== 'string') continue;
    if (NETWORK[code]) return NETWORK[code];
    // The answer of a server that was saying goodbye when the call reached it: the call was not begun.
    if (code === 'ERR_HTTP2_STREAM_ERROR' && cause.message.includes('REFUSED_STREAM')) return 'the server is stopping';
    if (code === 'CERT_HAS_EXPIRED') return 'its certificate has expired';
    if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return `its certificate is for another host name: ${cause.message}`;
    if (UNTRUSTED.test(code)) return NOT_TRUSTED;
    // Alerts: the server has looked at our certificate, or at the lack of one.
    if (/ALERT.*(CERTIFICATE|UNKNOWN_CA|ACCESS_DENIED)/.test(code)) return 'it does not accept our certificate';
    if (code.startsWith('ERR_SSL_') || code === 'EPROTO')
      return 'it does not speak TLS as expected: is the port right?';
  }
  return undefined;
}

const UNTRUSTED = /SELF_SIGNED|UNABLE_TO_(GET_ISSUER|VERIFY)|CERT_(SIGNATURE|UNTRUSTED|CHAIN)|INVALID_CA|UNTRUSTED/;

/** The error and what caused it, outermost first. Causes can be tied in a circle; nobody nests eight deep on purpose. */
export function causesOf(error: unknown): Error[] {
  const chain: Error[] = [];
  for (let cause = error; cause instanceof Error && chain.length < 8; cause = cause.cause) chain.push(cause);
  return chain;
}
