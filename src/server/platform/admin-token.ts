/** The administrator's token of a server: made once, readable by the server's own user only. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { VigoError } from '../../fleet/errors.ts';
import { createFileOnce, PRIVATE_FILE } from '../../platform/durable-files.ts';
import { readSmallFile } from '../../platform/small-file.ts';

/** Throws DATA_DIR_UNUSABLE if the file exists but holds no token. */
export async function openAdminToken(dataDir: string): Promise<string> {
  const file = join(dataDir, 'admin-token');
  await createFileOnce(file, `vgot_${randomBytes(32).toString('base64url')}\n`, PRIVATE_FILE);
  const token = readSmallFile(file).trim();
  if (!/^[\x21-\x7e]{20,512}$/.test(token)) {
    throw new VigoError(
      'DATA_DIR_UNUSABLE',
      `${file} holds no token: delete it, and the server makes a new one when it starts`,
    );
  }
  return token;
}
