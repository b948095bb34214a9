/**
 * Code that a server needs only for some calls, and a start need not wait for: certificates, an identity provider.
 *
 * It is loaded a moment after the start all the same. Later its files may be gone: an upgrade puts others in their place, of which the
 * names differ, and the server that runs goes on until somebody restarts it.
 */
import { messageOf } from '../fleet/errors.ts';
import { loadX509 } from '../pki/x509-library.ts';
import type { Clock, Timer } from '../platform/clock.ts';
import type { Logger } from '../platform/logger.ts';
import type { ServerConfig } from './config/server-config.ts';

/** When the agents of a spoke that was restarted are back, most of them. */
const AFTER_MS = 10_000;

export interface LateCodeOptions {
  readonly config: Pick<ServerConfig, 'auth'>;
  readonly clock: Pick<Clock, 'after'>;
  readonly logger: Logger;
}

/** What it gives takes it back. */
export function loadLateCode({ config, clock, logger }: LateCodeOptions): Timer {
  const load = async (): Promise<void> => {
    await loadX509();
    if (config.auth.oidc) await import('openid-client');
  };
  return clock.after(AFTER_MS, () => {
    load().catch((error: unknown) => logger.error({ error: messageOf(error) }, 'parts of the program are missing'));
  });
}
