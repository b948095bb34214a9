/**
 * Who is asking on the API listener, and may they: for `AdminService` this is decided here, for CLI and web alike.
 *
 * A caller shows an API token, or the cookie of a session on the web. A cookie alone is not enough, because browsers send it
 * unasked: see `same-origin.ts`.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import {
  createContextKey,
  type HandlerContext,
  type Interceptor,
  type StreamRequest,
  type StreamResponse,
  type UnaryRequest,
} from '@connectrpc/connect';
import { VigoError } from '../../fleet/errors.ts';
import { type AdminMethod, type OperatorRole, REQUIRED_ROLE, suffices } from './admin-roles.ts';
import { type CredentialEnd, untilCredentialEnds } from './credential-end.ts';
import { kRemoteAddress } from './remote-address.ts';
import { httpsOrigin, requireOwnPage } from './same-origin.ts';
import { sessionSecretOf } from './session-cookie.ts';

/** Whom a credential belongs to. */
export interface Account {
  /** For journal and audit: who did it. */
  readonly name: string;
  readonly role: OperatorRole;
  /** The token in the server's own data directory, that of a user, or a session on the web. */
  readonly credential: 'admin-token' | 'token' | 'session';
  /** When the credential ends by itself, milliseconds since 1970 UTC; undefined: never. */
  readonly expiresAt?: number | undefined;
  /** Of the user whose token it is, or whose session was begun with it. */
  readonly userId?: string | undefined;
  readonly sessionId?: string | undefined;
}

/**
 * Someone who may make this call. Streams end with their caller's credential: `context.signal` aborts when that is revoked or
 * expires.
 */
export interface Operator extends Account {
  /** From where and how, such as "10.1.2.3 (web)" or "10.1.2.3 (api)". */
  readonly origin: string;
}

/** What a caller shows. */
export interface ShownCredential {
  readonly kind: 'token' | 'session';
  /** SHA-256 of the token, or of what the cookie holds. */
  readonly hash: Buffer;
}

/** Knows all credentials. */
export interface Authority {
  /** Throws UNAUTHENTICATED. */
  identify(shown: ShownCredential): Promise<Account>;
  /** The end of a credential that was identified. */
  follow(shown: ShownCredential): CredentialEnd;
}

const kOperator = createContextKey<Operator | undefined>(undefined, { description: 'operator' });

/**
 * Goes before `AdminService` alone, outside of `createRoleCheck`. Throws UNAUTHENTICATED for who is not known, PERMISSION_DENIED
 * for whose cookie is used by another site.
 */
export function createAdminAuth(authority: Authority): Interceptor {
  return (next) => async (request) => {
    const shown = shownIn(request);
    const account = await authority.identify(shown);
    const address = request.contextValues.get(kRemoteAddress) || 'unknown';
    const operator: Operator = { ...account, origin: `${address} (${shown.kind === 'session' ? 'web' : 'api'})` };
    request.contextValues.set(kOperator, operator);
    if (request.method.methodKind !== 'server_streaming') return next(request);
    const stream = next as (request: StreamRequest) => Promise<StreamResponse>;
    return untilCredentialEnds(stream, request as StreamRequest, authority.follow(shown));
  };
}

/** Goes inside of `createAdminAuth` and of what writes down who has tried. Throws PERMISSION_DENIED for who may not. */
export function createRoleCheck(): Interceptor {
  return (next) => async (request) => {
    requireRole(operatorOf({ values: request.contextValues }), request.method.localName as AdminMethod);
    return next(request);
  };
}

/** The operator that the interceptor let in. */
export function operatorOf(context: Pick<HandlerContext, 'values'>): Operator {
  const operator = context.values.get(kOperator);
  if (!operator) throw new VigoError('UNAUTHENTICATED', 'this call needs a token');
  return operator;
}

/** What secrets are known by. */
export function secretHash(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

/** Without telling by its time where two hashes differ. */
export function sameHash(one: Buffer, other: Buffer): boolean {
  return one.length === other.length && timingSafeEqual(one, other);
}

/** A token goes before a cookie: who shows one has thought of it. */
function shownIn(request: UnaryRequest | StreamRequest): ShownCredential {
  const { header } = request;
  const authorization = header.get('authorization');
  const token = /^Bearer ([\x21-\x7e]{1,512})$/.exec(authorization ?? '')?.[1];
  if (token) return { kind: 'token', hash: secretHash(token) };
  const secret = authorization === null ? sessionSecretOf(header.get('cookie')) : undefined;
  if (!secret)
    throw new VigoError(
      'UNAUTHENTICATED',
      'a token is needed: pass --token, set VIGO_TOKEN, or use --data-dir on the server; on the web, sign in',
    );
  requireOwnPage({ ownOrigin: httpsOrigin(new URL(request.url).host), header: (name) => header.get(name) });
  return { kind: 'session', hash: secretHash(secret) };
}

function requireRole({ name, role }: Operator, method: AdminMethod): void {
  // A method that the table does not know cannot be called at all.
  const required = REQUIRED_ROLE[method] ?? 'admin';
  if (!suffices(role, required))
    throw new VigoError(
      'PERMISSION_DENIED',
      `${name} has the role ${role}, which may only look: this needs the role ${required}`,
    );
}
