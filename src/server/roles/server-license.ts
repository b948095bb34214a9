/** The license of a running server: checked before anything listens, read anew on SIGHUP. */
import { VigoError } from '../../fleet/errors.ts';
import { collectParts, formatFingerprint } from '../../license/fingerprint.ts';
import { type ActiveLicense, loadLicense } from '../../license/policy.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Logger } from '../../platform/logger.ts';
import type { ServerConfig } from '../config/server-config.ts';

export interface ServerLicense {
  current(): ActiveLicense;
  /** Keeps the old one, with a log line, if the new one does not do. */
  reload(): Promise<void>;
}

export interface ServerLicenseOptions {
  readonly config: Pick<ServerConfig, 'license' | 'spanner'>;
  /** Of the fleet's CA, if this server knows it already; another may take its place while the server runs. */
  readonly caPublicKey: () => Buffer | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Throws LICENSE_*, FINGERPRINT_UNAVAILABLE, CONFIG_INVALID. */
export async function openServerLicense(options: ServerLicenseOptions): Promise<ServerLicense> {
  const { config, env, clock, logger } = options;
  const load = () =>
    loadLicense({
      file: config.license.file,
      env,
      fingerprint: ownFingerprint(options.caPublicKey(), config.spanner.role),
      now: clock.now(),
      role: config.spanner.role,
    });
  let license = await load();
  if (license.evaluation) {
    logger.warn(
      { vendorKey: env.VIGO_LICENSE_VENDOR_KEY },
      'evaluation: licenses are checked with the key that VIGO_LICENSE_VENDOR_KEY names',
    );
  }
  return {
    current: () => license,
    async reload() {
      try {
        license = await load();
        logger.info({ customer: license.customer, tier: license.tier, envoys: license.envoys }, 'license reloaded');
      } catch (error) {
        logger.error(
          { error: error instanceof VigoError ? error.message : String(error) },
          'license not reloaded, the old one stays in force',
        );
      }
    },
  };
}

/** Undefined where there is none, which is enough for the free license of a standalone server. */
function ownFingerprint(caPublicKey: Buffer | undefined, role: string): string | undefined {
  try {
    return formatFingerprint(collectParts(caPublicKey ? { caPublicKey } : {}));
  } catch (error) {
    if (role === 'standalone' && error instanceof VigoError && error.code === 'FINGERPRINT_UNAVAILABLE')
      return undefined;
    throw error;
  }
}
