/** When the license of a server ends. */
import type { Registry } from 'prom-client';
import type { ActiveLicense } from '../../../license/policy.ts';
import { registerGauge } from './gauges.ts';

/** No line under the free license, which does not end. */
export function registerLicenseExpiry(registry: Registry, license: () => Pick<ActiveLicense, 'expiresAt'>): void {
  registerGauge(registry, {
    name: 'vigo_license_expiry_timestamp_seconds',
    help: 'When the license ends, seconds since 1970 UTC.',
    read() {
      const { expiresAt } = license();
      return expiresAt === undefined ? undefined : expiresAt / 1000;
    },
  });
}
