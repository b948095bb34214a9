// A real CA, and a state directory as an enrolment leaves it.
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { noteConfirmed } from '../../../src/agent/identity/confirmed.ts';
import { type AgentIdentity, saveState } from '../../../src/agent/state.ts';
import { type StateDir, stateDirAt } from '../../../src/agent/state-dir.ts';
import { type CertificateAuthority, openOrCreateCa } from '../../../src/pki/ca.ts';
import type { Identity } from '../../../src/pki/identity.ts';
import { generatePrivateKeyPem, publicKeyDer } from '../../../src/pki/keys.ts';
import { PRIVATE_FILE, replaceFile } from '../../../src/platform/durable-files.ts';
import { endpoint } from './fake-link.ts';

const HOUR_MS = 3_600_000;
export const ENVOY_ID = '11111111-2222-4333-8444-555555555555';

export interface TestFleet {
  readonly root: string;
  readonly ca: CertificateAuthority;
  issue(identity: Identity): Promise<AgentIdentity>;
  remove(): Promise<void>;
}

export async function createTestFleet(): Promise<TestFleet> {
  const root = await mkdtemp(join(tmpdir(), 'vigo-agent-'));
  const ca = await openOrCreateCa({ dir: join(root, 'ca'), now: Date.now() });
  return {
    root,
    ca,
    async issue(identity) {
      const keyPem = generatePrivateKeyPem();
      const certPem = await ca.issue({
        publicKeyDer: publicKeyDer(keyPem),
        identity,
        commonName: 'test',
        notBefore: Date.now(),
        notAfter: Date.now() + HOUR_MS,
      });
      return { keyPem, certPem, caPem: ca.certPem };
    },
    remove: () => rm(root, { recursive: true }),
  };
}

/** Owner dc1 under epoch 1, hub1. */
export async function enrolledStateDir(fleet: TestFleet): Promise<StateDir> {
  const dir = stateDirAt(join(fleet.root, 'state'));
  await mkdir(dir.path, { mode: 0o700 });
  const identity = await fleet.issue({ kind: 'envoy', id: ENVOY_ID, trustDomain: fleet.ca.trustDomain });
  await replaceFile(dir.key, identity.keyPem, PRIVATE_FILE);
  await replaceFile(dir.cert, identity.certPem, PRIVATE_FILE);
  await replaceFile(dir.ca, identity.caPem, PRIVATE_FILE);
  await noteConfirmed(dir, identity);
  await saveState(dir, {
    envoyId: ENVOY_ID,
    hostname: 'web1.dc1.example.com',
    owner: { endpoint: endpoint('dc1'), epoch: 1 },
    previous: undefined,
    hubs: [endpoint('hub1')],
  });
  return dir;
}
