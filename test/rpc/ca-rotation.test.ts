/** Two CAs side by side, on the wire: whoever has moved and whoever has not reach each other, until the one before is dropped. */
import { mkdtemp, rm } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@connectrpc/connect';
import { expect } from 'chai';
import { Health } from '../../src/gen/grpc/health/v1/health_pb.js';
import { openCa, openOrCreateCa } from '../../src/pki/ca.ts';
import { beginCaRotation } from '../../src/pki/ca-rotation.ts';
import type { CertificateAuthority } from '../../src/pki/certificate-authority.ts';
import { formatIdentity, type Identity } from '../../src/pki/identity.ts';
import { generatePrivateKeyPem, publicKeyDer } from '../../src/pki/keys.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { fetchPinnedCa } from '../../src/rpc/pinned-ca.ts';
import { useServers } from '../support/servers.ts';
import type { TestCredentials } from '../support/test-pki.ts';

type Which = 'old' | 'new';
type Trust = Which | 'both';

describe('a CA that takes over from another', () => {
  const servers = useServers();
  let former: CertificateAuthority;
  let current: CertificateAuthority;
  const trust = (which: Trust): string =>
    which === 'old' ? former.certPem : which === 'new' ? current.certPem : current.trustPem;

  before(async () => {
    const dir = await mkdtemp(join(tmpdir(), 'vigo-rotation-'));
    const now = systemClock.now();
    former = await openOrCreateCa({ dir, now });
    await beginCaRotation(dir, former, now);
    current = (await openCa({ dir })) as CertificateAuthority;
    await rm(dir, { recursive: true });
  });

  const credentials = async (identity: Identity, by: Which, trusts: Trust): Promise<TestCredentials> => {
    const keyPem = generatePrivateKeyPem();
    const certPem = await (by === 'old' ? former : current).issue({
      publicKeyDer: publicKeyDer(keyPem),
      identity,
      commonName: identity.kind,
      notBefore: systemClock.now(),
      notAfter: systemClock.now() + 3_600_000,
    });
    return { certPem, keyPem, caPem: trust(trusts), identity: formatIdentity(identity) };
  };
  const spoke = (by: Which, trusts: Trust) =>
    credentials({ kind: 'spoke', id: 'dc1', trustDomain: former.trustDomain }, by, trusts);
  const hub = (by: Which, trusts: Trust) => credentials({ kind: 'hub', trustDomain: former.trustDomain }, by, trusts);

  const HOLDERS: [by: Which, trusts: Trust][] = [
    ['old', 'old'],
    ['old', 'both'],
    ['new', 'old'],
    ['new', 'both'],
    ['new', 'new'],
  ];
  /** Who trusts the new one alone believes nobody who has a certificate of the old one. */
  const reaches = (by: Which, trusts: Trust): boolean => by === 'new' || trusts !== 'new';

  for (const [serverBy, serverTrusts] of HOLDERS) {
    for (const [clientBy, clientTrusts] of HOLDERS) {
      const works = reaches(serverBy, clientTrusts) && reaches(clientBy, serverTrusts);
      const what = `a client with a certificate of the ${clientBy} CA that trusts ${clientTrusts}`;
      it(`lets ${what} ${works ? 'reach' : 'not reach'} a server of the ${serverBy} that trusts ${serverTrusts}`, async () => {
        const tls = await spoke(serverBy, serverTrusts);
        const listener = await servers.start({
          tls,
          routes: (router) => router.service(Health, { check: () => ({ status: 1 }) }),
        });
        const peer = servers.dial(listener, await hub(clientBy, clientTrusts), tls.identity);
        const answer = await createClient(Health, peer.transport)
          .check({})
          .then(
            () => true,
            () => false,
          );
        expect(answer).to.equal(works);
      });
    }
  }

  it('is found by the digest of either, and by no other', async () => {
    const listener = await servers.start({
      tls: await hub('new', 'both'),
      requireClientCert: false,
      routes: () => undefined,
      http(request, response) {
        const either = response as ServerResponse;
        either.writeHead(request.url === '/bootstrap/ca.pem' ? 200 : 404);
        either.end(current.trustPem);
      },
    });
    const url = `https://${listener.address.text}`;
    for (const ca of [former, current]) {
      expect((await fetchPinnedCa({ url, digest: ca.digest })).trim()).to.equal(ca.certPem.trim());
    }
    const wrong = await fetchPinnedCa({ url, digest: '00'.repeat(32) }).catch((error: unknown) => error);
    expect(wrong).to.include({ code: 'CA_MISMATCH' });
  });

  it('says goodbye to open connections of the one before when that is dropped, and to no others', async () => {
    const tls = await spoke('new', 'both');
    const listener = await servers.start({
      tls,
      routes: (router) => router.service(Health, { check: () => ({ status: 1 }) }),
    });
    const [old, moved] = await Promise.all([hub('old', 'both'), hub('new', 'both')]);
    const left = createClient(Health, servers.dial(listener, old, tls.identity).transport);
    const stays = createClient(Health, servers.dial(listener, moved, tls.identity).transport);
    await Promise.all([left.check({}), stays.check({})]);
    expect(listener.sessions()).to.equal(2);
    listener.reloadTls({ ...tls, caPem: current.certPem });
    const refused = await left.check({}).catch((error: unknown) => error);
    expect(refused).to.be.instanceOf(Error);
    expect((await stays.check({})).status).to.equal(1);
    expect(listener.sessions()).to.equal(1);
  });
});
