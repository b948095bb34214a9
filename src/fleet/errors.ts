/**
 * Every error that a person can see, in one place.
 *
 * A failure is thrown as a `VigoError` with a code from this catalogue. Servers map its `kind` to an RPC status once
 * (`server/platform/error-interceptor.ts`), the CLI maps `exit` to the process's exit code once (`cli/base-command.ts`).
 * `docs/errors.md` lists the same codes; a test compares the two.
 */

/** What sort of failure it is; named like the RPC codes that it becomes. */
export type ErrorKind =
  | 'invalid_argument'
  | 'not_found'
  | 'already_exists'
  | 'failed_precondition'
  | 'permission_denied'
  | 'unauthenticated'
  | 'resource_exhausted'
  | 'unavailable'
  | 'deadline_exceeded'
  | 'aborted'
  | 'internal';

/** Exit codes of every command: see "Exit codes" in the README. */
export const EXIT = { done: 0, failed: 1, usage: 2, incomplete: 3, denied: 4, unreachable: 5 } as const;

interface ErrorEntry {
  readonly kind: ErrorKind;
  readonly exit: number;
}

const failed = (kind: ErrorKind): ErrorEntry => ({ kind, exit: EXIT.failed });
const denied = (kind: ErrorKind): ErrorEntry => ({ kind, exit: EXIT.denied });

/** Stable code → what it means to machines. Codes are never renamed or reused. */
export const ERROR_CATALOGUE = {
  // Input
  USAGE: { kind: 'invalid_argument', exit: EXIT.usage },
  INVALID_ARGUMENT: failed('invalid_argument'),
  INVALID_HOSTNAME: failed('invalid_argument'),
  INVALID_PATTERN: failed('invalid_argument'),
  INVALID_CURSOR: failed('invalid_argument'),
  INVALID_CSR: failed('invalid_argument'),
  CONFIRMATION_REQUIRED: { kind: 'failed_precondition', exit: EXIT.usage },
  // Configuration, license, data directory
  CONFIG_INVALID: failed('failed_precondition'),
  CONFIG_NOT_FOUND: failed('not_found'),
  DATA_DIR_UNUSABLE: failed('failed_precondition'),
  DATA_DIR_IN_USE: failed('failed_precondition'),
  CA_PROVIDED: failed('failed_precondition'),
  ROTATION_RUNNING: failed('failed_precondition'),
  ROTATION_NOT_RUNNING: failed('failed_precondition'),
  ROTATION_INCOMPLETE: { kind: 'failed_precondition', exit: EXIT.incomplete },
  DATABASE_TOO_NEW: failed('failed_precondition'),
  LISTEN_FAILED: failed('unavailable'),
  LICENSE_REQUIRED: failed('failed_precondition'),
  LICENSE_INVALID: failed('failed_precondition'),
  LICENSE_SIGNATURE: failed('failed_precondition'),
  LICENSE_EXPIRED: failed('failed_precondition'),
  LICENSE_OTHER_MACHINE: failed('failed_precondition'),
  LICENSE_EXHAUSTED: failed('resource_exhausted'),
  FINGERPRINT_UNAVAILABLE: failed('failed_precondition'),
  // Backups
  BACKUP_INVALID: failed('invalid_argument'),
  BACKUP_PASSPHRASE: failed('invalid_argument'),
  DATA_DIR_NOT_EMPTY: failed('failed_precondition'),
  // Who may
  UNAUTHENTICATED: denied('unauthenticated'),
  PERMISSION_DENIED: denied('permission_denied'),
  IDENTITY_REVOKED: denied('permission_denied'),
  IDENTITY_UNKNOWN: denied('permission_denied'),
  TOKEN_INVALID: denied('permission_denied'),
  TOKEN_EXPIRED: denied('permission_denied'),
  TOKEN_EXHAUSTED: denied('permission_denied'),
  TOKEN_REVOKED: denied('permission_denied'),
  TOKEN_NOT_FOUND: failed('not_found'),
  USER_EXISTS: failed('already_exists'),
  USER_NOT_FOUND: failed('not_found'),
  SESSION_NOT_FOUND: failed('not_found'),
  CA_MISMATCH: denied('permission_denied'),
  // Enrolment and placement
  BOOTSTRAP_UNAVAILABLE: failed('unavailable'),
  NO_SPOKE_FOR_HOSTNAME: failed('failed_precondition'),
  HOSTNAME_TAKEN: failed('already_exists'),
  NOT_ENROLLED: failed('failed_precondition'),
  ALREADY_ENROLLED: failed('failed_precondition'),
  AGENT_RUNNING: failed('failed_precondition'),
  AGENT_STATE_INVALID: failed('failed_precondition'),
  SPOKE_NOT_FOUND: failed('not_found'),
  SPOKE_UNAVAILABLE: failed('unavailable'),
  SPOKE_NOT_ELIGIBLE: failed('failed_precondition'),
  SPOKE_NOT_JOINED: failed('failed_precondition'),
  ENVOY_NOT_FOUND: failed('not_found'),
  // Stacks
  STACKS_INVALID: failed('failed_precondition'),
  ARCHIVE_INVALID: failed('invalid_argument'),
  CONFIG_VERSION_NOT_FOUND: failed('not_found'),
  GIT_UNAVAILABLE: failed('failed_precondition'),
  GIT_FAILED: failed('unavailable'),
  RUN_NOT_FOUND: failed('not_found'),
  RUN_FAILED: failed('failed_precondition'),
  // Moves
  MOVE_NOT_FOUND: failed('not_found'),
  MOVE_NOT_RUNNING: failed('failed_precondition'),
  // Notifications
  NOTIFICATION_NOT_FOUND: failed('not_found'),
  // Weather
  AUDIT_UNAVAILABLE: failed('unavailable'),
  OVERLOADED: failed('resource_exhausted'),
  MESSAGE_TOO_LARGE: failed('resource_exhausted'),
  NOT_SERVED_HERE: failed('failed_precondition'),
  STOPPING: failed('unavailable'),
  UNREACHABLE: { kind: 'unavailable', exit: EXIT.unreachable },
  TIMEOUT: { kind: 'deadline_exceeded', exit: EXIT.unreachable },
  INTERRUPTED: failed('aborted'),
  INTERNAL: failed('internal'),
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof ERROR_CATALOGUE;

/** Whether `code` is one of ours; for codes that come over the wire. */
export function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERROR_CATALOGUE, code);
}

export interface VigoErrorOptions extends ErrorOptions {
  /** When the same call may succeed, milliseconds from now; undefined if that is not known. */
  readonly retryAfterMs?: number | undefined;
}

/** A failure that a person can understand: the message names the thing and the remedy. */
export class VigoError extends Error {
  readonly code: ErrorCode;
  /** When the same call may succeed, milliseconds from then; undefined if nobody has said. */
  readonly retryAfterMs: number | undefined;

  constructor(code: ErrorCode, message: string, options?: VigoErrorOptions) {
    super(message, options);
    this.name = 'VigoError';
    this.code = code;
    this.retryAfterMs = options?.retryAfterMs;
  }

  get kind(): ErrorKind {
    return ERROR_CATALOGUE[this.code].kind;
  }

  get exit(): number {
    return ERROR_CATALOGUE[this.code].exit;
  }
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
