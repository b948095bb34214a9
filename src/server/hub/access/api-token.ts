/** API tokens of users: made here, shown once, known by their hashes. */
import { randomBytes } from 'node:crypto';
import { secretHash } from '../../platform/admin-auth.ts';

const PREFIX = 'vgot_';
const SECRET_BYTES = 32;

/** "vgot_" and 32 random bytes in base64url. */
export const newApiToken = (): string => PREFIX + newSecret();

/** 32 random bytes in base64url: 43 characters. */
export const newSecret = (): string => randomBytes(SECRET_BYTES).toString('base64url');

/** What is stored of a secret: SHA-256, lower-case hex. */
export const storedHash = (secret: string): string => secretHash(secret).toString('hex');
