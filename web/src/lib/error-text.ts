/** What went wrong, for people: what happened, the server's own words, and whether trying again may help. */
import { Code, ConnectError } from '@connectrpc/connect';
import { ErrorDetailSchema } from '../../../src/gen/vigo/v1/types_pb.js';

export interface ErrorText {
  /** What happened: "The hub does not answer". */
  readonly title: string;
  /** The server's words, or the browser's. */
  readonly message: string;
  /** Stable code from the catalogue; empty if the server gave none. */
  readonly code: string;
  /** The same call may succeed later. */
  readonly retryable: boolean;
}

const TITLES = new Map<Code, string>([
  [Code.Unavailable, 'The hub does not answer'],
  [Code.Unknown, 'The hub does not answer'],
  [Code.DeadlineExceeded, 'The hub took too long'],
  [Code.ResourceExhausted, 'The hub has too much to do'],
  [Code.NotFound, 'Not found'],
  [Code.PermissionDenied, 'Not allowed'],
  [Code.Unauthenticated, 'Not signed in'],
  [Code.InvalidArgument, 'The hub does not accept this'],
  [Code.FailedPrecondition, 'This cannot be done now'],
  [Code.AlreadyExists, 'This exists already'],
  [Code.Unimplemented, 'This hub does not know how to do this'],
]);

const WEATHER = new Set([Code.Unavailable, Code.Unknown, Code.DeadlineExceeded, Code.ResourceExhausted, Code.Aborted]);

export function errorText(error: unknown): ErrorText {
  const rpc = ConnectError.from(error);
  const [detail] = rpc.findDetails(ErrorDetailSchema);
  return {
    title: TITLES.get(rpc.code) ?? 'Something went wrong',
    message: rpc.rawMessage,
    code: detail?.code ?? '',
    retryable: WEATHER.has(rpc.code),
  };
}
