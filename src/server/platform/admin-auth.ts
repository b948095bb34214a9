/** Who is asking on the API listener: bearer tokens, compared by hash. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { createContextKey, type HandlerContext, type Interceptor } from '@connectrpc/connect';
import { VigoError } from '../../fleet/errors.ts';

/** Someone who may use `AdminService`. */
export interface Operator {
  /** For the journal: who did it. */
  readonly name: string;
  /** From where it asks, such as "10.1.2.3 (web)". */
  readonly origin: string;
}

const kOperator = createContextKey<Operator | undefined>(undefined, { description: 'operator' });

export interface AdminAuthOptions {
  /** The operator of a token, found by the token's SHA-256. */
  readonly find: (tokenHash: Buffer) => Operator | undefined;
}

/** Refuses calls without a known token: UNAUTHENTICATED. */
export function createAdminAuth(options: AdminAuthOptions): Interceptor {
  return (next) => (request) => {
    const token = /^Bearer ([\x21-\x7e]{1,512})$/.exec(request.header.get('authorization') ?? '')?.[1];
    if (!token)
      throw new VigoError(
        'UNAUTHENTICATED',
        'a token is needed: pass --token, set VIGO_TOKEN, or use --data-dir on the server',
      );
    const operator = options.find(createHash('sha256').update(token).digest());
    if (!operator)
      throw new VigoError(
        'UNAUTHENTICATED',
        'the server does not know this token: check --token, VIGO_TOKEN or the admin-token file',
      );
    request.contextValues.set(kOperator, operator);
    return next(request);
  };
}

/** The operator that the interceptor let in. */
export function operatorOf(context: Pick<HandlerContext, 'values'>): Operator {
  const operator = context.values.get(kOperator);
  if (!operator) throw new VigoError('UNAUTHENTICATED', 'this call needs a token');
  return operator;
}

/** Finds the one operator of the token in the server's own data directory. */
export function singleOperator(token: string, name: string): AdminAuthOptions['find'] {
  const expected = createHash('sha256').update(token).digest();
  return (hash) => (timingSafeEqual(hash, expected) ? { name, origin: '' } : undefined);
}
