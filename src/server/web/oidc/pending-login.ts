/**
 * Someone who is on the way to the identity provider and back. All that is known about it lies in a cookie of the browser,
 * sealed by a key that lives as long as this process: nothing has to be remembered for those who never come back.
 *
 * This cookie is sent along when the provider sends the browser back, which the one of a session is not.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { Clock } from '../../../platform/clock.ts';
import { cookieOf } from '../../platform/session-cookie.ts';
import type { LoginSecrets } from './provider.ts';

export interface PendingLogin extends LoginSecrets {
  /** "https://host:port" at which it was begun, and where the provider sends the browser. */
  readonly origin: string;
  /** Path to go to then. */
  readonly next: string;
}

export interface PendingLogins {
  /** Value of `set-cookie`. */
  seal(login: PendingLogin): string;
  /** What was sealed, if a `cookie` header holds it and its time is not over. */
  open(cookieHeader: string | undefined): PendingLogin | undefined;
}

const NAME = '__Host-vigo_oidc';
const ATTRIBUTES = 'Path=/; Secure; HttpOnly; SameSite=Lax';
/** Long enough to find a second factor. */
const MAX_AGE_S = 600;
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** Value of `set-cookie` that makes a browser forget it. */
export const NO_PENDING_LOGIN = `${NAME}=; Max-Age=0; ${ATTRIBUTES}`;

export function createPendingLogins({ clock }: { readonly clock: Pick<Clock, 'now'> }): PendingLogins {
  const key = randomBytes(32);
  return {
    seal(login) {
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv('aes-256-gcm', key, iv);
      const text = JSON.stringify({ ...login, expiresAt: clock.now() + MAX_AGE_S * 1000 });
      const sealed = Buffer.concat([iv, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
      return `${NAME}=${sealed.toString('base64url')}; Max-Age=${MAX_AGE_S}; ${ATTRIBUTES}`;
    },
    open(header) {
      const sealed = Buffer.from(cookieOf(header, NAME) ?? '', 'base64url');
      if (sealed.length <= IV_BYTES + TAG_BYTES) return undefined;
      try {
        const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, IV_BYTES));
        decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
        const text = Buffer.concat([decipher.update(sealed.subarray(IV_BYTES, -TAG_BYTES)), decipher.final()]);
        const { expiresAt, ...login } = JSON.parse(text.toString('utf8')) as PendingLogin & { expiresAt: number };
        return expiresAt > clock.now() ? login : undefined;
      } catch {
        // Sealed by another process, or by nobody.
        return undefined;
      }
    },
  };
}
