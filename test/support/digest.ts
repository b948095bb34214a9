/** SHA-256, lower-case hex: the version of an archive. */
import { createHash } from 'node:crypto';

export const digestOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
