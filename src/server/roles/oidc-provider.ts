/** The identity provider that server.yaml names. */
import { messageOf, VigoError } from '../../fleet/errors.ts';
import type { Clock } from '../../platform/clock.ts';
import { readSmallFile } from '../../platform/small-file.ts';
import type { OidcConfig } from '../config/server-config.ts';
import { createProvider, type Provider } from '../web/oidc/provider.ts';

/** Reads the files that the configuration names; asks nobody yet. Throws CONFIG_INVALID naming key and file. */
export function openOidcProvider(config: OidcConfig, clock: Pick<Clock, 'now'>): Provider {
  const clientSecret = read('client_secret_file', config.clientSecretFile)?.trim();
  if (clientSecret === '')
    throw new VigoError('CONFIG_INVALID', `auth.oidc.client_secret_file: ${config.clientSecretFile} is empty`);
  return createProvider({ config, clientSecret, caPem: read('ca_file', config.caFile), clock });
}

function read(key: string, file: string | undefined): string | undefined {
  if (file === undefined) return undefined;
  try {
    return readSmallFile(file);
  } catch (error) {
    throw new VigoError('CONFIG_INVALID', `auth.oidc.${key}: cannot read ${file}: ${messageOf(error)}`, {
      cause: error,
    });
  }
}
