/** A throw-away fleet CA and certificates from it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openOrCreateCa } from '../../src/pki/ca.ts';
import { formatIdentity, type Identity } from '../../src/pki/identity.ts';
import { generatePrivateKeyPem, publicKeyDer } from '../../src/pki/keys.ts';
import { systemClock } from '../../src/platform/clock.ts';

export interface TestCredentials {
  readonly certPem: string;
  readonly keyPem: string;
  readonly caPem: string;
  /** The SPIFFE URI in the certificate. */
  readonly identity: string;
}

export interface TestPki {
  readonly caPem: string;
  /** SHA-256 of the CA's DER, hex. */
  readonly digest: string;
  hub(names?: TestNames): Promise<TestCredentials>;
  spoke(id: string, names?: TestNames): Promise<TestCredentials>;
  envoy(id: string): Promise<TestCredentials>;
}

interface TestNames {
  readonly dnsNames?: readonly string[];
  readonly ipAddresses?: readonly string[];
}

const HOUR_MS = 3_600_000;

export async function createTestPki(): Promise<TestPki> {
  const dir = await mkdtemp(join(tmpdir(), 'vigo-pki-'));
  const now = systemClock.now();
  const ca = await openOrCreateCa({ dir, now }).finally(() => rm(dir, { recursive: true, force: true }));
  const issue = async (identity: Identity, names: TestNames = {}): Promise<TestCredentials> => {
    const keyPem = generatePrivateKeyPem();
    const certPem = await ca.issue({
      publicKeyDer: publicKeyDer(keyPem),
      identity,
      commonName: identity.kind,
      ...names,
      notBefore: now - HOUR_MS,
      notAfter: now + HOUR_MS,
    });
    return { certPem, keyPem, caPem: ca.certPem, identity: formatIdentity(identity) };
  };
  const { trustDomain } = ca;
  return {
    caPem: ca.certPem,
    digest: ca.digest,
    hub: (names) => issue({ kind: 'hub', trustDomain }, names),
    spoke: (id, names) => issue({ kind: 'spoke', id, trustDomain }, names),
    envoy: (id) => issue({ kind: 'envoy', id, trustDomain }),
  };
}
