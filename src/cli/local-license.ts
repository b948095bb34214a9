/** Where a server's license lies, unless its server.yaml names another place. */
import { join } from 'node:path';

export function licenseFileIn(dataDir: string): string {
  return join(dataDir, 'license', 'vigo.lic');
}
