/**
 * A fleet to measure: CA, license and data directories are made here by the product's own code, envoys are put straight
 * into the databases; the servers are then started as anyone would start them.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { collectParts, formatFingerprint } from '../../src/license/fingerprint.ts';
import { issueLicense } from '../../src/license/issue-license.ts';
import { generateVendorKeys } from '../../src/license/vendor-keypair.ts';
import { type CertificateAuthority, openOrCreateCa } from '../../src/pki/ca.ts';
import { formatIdentity, type Identity } from '../../src/pki/identity.ts';
import { generatePrivateKeyPem, publicKeyDer } from '../../src/pki/keys.ts';
import type { BenchContext } from './benchmark.ts';
import { type RunningServer, startServer } from './processes.ts';

export interface Credentials {
  readonly certPem: string;
  readonly keyPem: string;
  readonly caPem: string;
}

export interface BenchFleet {
  readonly ca: CertificateAuthority;
  /** Data directory of a server. */
  dirOf(server: string): string;
  /** A certificate; names are for servers. */
  credentials(identity: FleetIdentity, keyPem?: string): Promise<Credentials>;
  /** The identity that the server of a spoke, or the hub, shows. */
  identityOf(identity: FleetIdentity): string;
  /** After its database was filled. */
  startSpoke(id: string, settings?: object): Promise<RunningServer>;
  /** Its data directory is that of the hub. */
  startStandalone(): Promise<RunningServer>;
  startHub(
    spokes: readonly { id: string; addr: string; patterns: string[] }[],
    spanner?: object,
  ): Promise<RunningServer>;
}

type FleetIdentity =
  | { readonly kind: 'hub' }
  | { readonly kind: 'spoke'; readonly id: string }
  | { readonly kind: 'envoy'; readonly id: string };

const DAY_MS = 24 * 3_600_000;
const LISTEN = {
  grpc_listen: '127.0.0.1:0',
  api_listen: '127.0.0.1:0',
  metrics_listen: '127.0.0.1:0',
  hostname: '127.0.0.1',
};

export async function createFleet(context: BenchContext): Promise<BenchFleet> {
  const now = Date.now();
  const dirOf = (server: string) => join(context.dir, server);
  const ca = await openOrCreateCa({ dir: join(dirOf('hub'), 'tls'), now });
  const vendor = generateVendorKeys();
  const vendorKeyFile = join(context.dir, 'vendor.pub');
  const licenseFile = join(context.dir, 'bench.lic');
  const license = issueLicense({
    privateKeyPem: vendor.privateKeyPem,
    customer: 'Benchmark',
    tier: 'evaluation',
    envoys: 1_000_000,
    expires: new Date(now + DAY_MS).toISOString(),
    fingerprints: [formatFingerprint(collectParts({ caPublicKey: ca.publicKeyDer }))],
    now,
  });
  await Promise.all([writeFile(vendorKeyFile, vendor.publicKeyPem), writeFile(licenseFile, license)]);

  const full = (identity: FleetIdentity): Identity => ({ ...identity, trustDomain: ca.trustDomain });
  const credentials = async (identity: FleetIdentity, keyPem = generatePrivateKeyPem()): Promise<Credentials> => {
    const certPem = await ca.issue({
      publicKeyDer: publicKeyDer(keyPem),
      identity: full(identity),
      commonName: identity.kind,
      ...(identity.kind === 'envoy' ? {} : { ipAddresses: ['127.0.0.1'] }),
      notBefore: now,
      notAfter: now + DAY_MS,
    });
    return { certPem, keyPem, caPem: ca.certPem };
  };
  const start = async (name: string, config: object) => {
    // YAML includes JSON.
    const file = join(dirOf(name), 'server.yaml');
    await writeFile(
      file,
      JSON.stringify({ data_dir: dirOf(name), server: LISTEN, license: { file: licenseFile }, ...config }),
    );
    return startServer(context, ['bin/run.js', 'serve', '--config', file], { VIGO_LICENSE_VENDOR_KEY: vendorKeyFile });
  };
  return {
    ca,
    dirOf,
    credentials,
    identityOf: (identity) => formatIdentity(full(identity)),
    async startSpoke(id, settings = {}) {
      const tls = join(dirOf(id), 'tls');
      await mkdir(tls, { recursive: true });
      const { certPem, keyPem, caPem } = await credentials({ kind: 'spoke', id });
      await Promise.all([
        writeFile(join(tls, 'spoke.pem'), certPem),
        writeFile(join(tls, 'spoke.key'), keyPem, { mode: 0o600 }),
        writeFile(join(tls, 'ca.pem'), caPem),
      ]);
      return start(id, { spanner: { role: 'spoke', spoke_id: id }, ...settings });
    },
    startStandalone: () => start('hub', {}),
    startHub: (spokes, spanner = {}) => start('hub', { spanner: { role: 'hub', spokes, ...spanner } }),
  };
}
