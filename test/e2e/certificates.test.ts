/** Certificates while the fleet works: they renew themselves, and SIGHUP takes what an operator has put in their place. */
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { connect as connectHttp2 } from 'node:http2';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { expect } from 'chai';
import type { PkiJson } from '../../src/cli/json/pki.ts';
import { serverPorts, serverYaml } from '../support/fleet-config.ts';
import { useFleetProcesses } from '../support/fleet-processes.ts';
import { enrollManyAgents, type ManyAgents } from '../support/many-agents.ts';
import { useProcesses } from '../support/processes.ts';
import { createTestPki, type TestCredentials } from '../support/test-pki.ts';
import { waitFor } from '../support/wait-for.ts';

/** The certificate that the server at `port` shows to whoever comes now. */
function shownAt(port: number): Promise<X509Certificate> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false, ALPNProtocols: ['h2'] }, () => {
      const certificate = socket.getPeerX509Certificate();
      socket.destroy();
      if (certificate) resolve(certificate);
      else reject(new Error('no certificate was shown'));
    });
    socket.once('error', reject);
  });
}

describe('certificates with a life of twelve seconds', function () {
  this.timeout(90_000);
  let agents: ManyAgents | undefined;
  after(() => agents?.stop());
  const fleet = useFleetProcesses({ spokes: ['dc1', 'dc2'], checkinInterval: '500ms', certLifetime: '12s' });

  it('renew themselves again and again: no check-in fails, and no spoke is ever less than healthy', async () => {
    const hosts = Array.from({ length: 10 }, (_, i) => `web${i}.dc${(i % 2) + 1}.example.com`);
    const { stateDir, rootOf } = fleet;
    agents = await enrollManyAgents({ hostnames: hosts, token: await fleet.enrollmentToken(), stateDir, rootOf });
    await agents.start(500);
    const status = () => fleet.json<PkiJson>(['pki', 'status']);
    const ends = ({ hub, spokes }: PkiJson) =>
      [hub, ...spokes.map(({ certificate }) => certificate)].map((leaf) => Date.parse(leaf?.endsAt ?? ''));
    const healthChanges = async () => {
      const { entries } = await fleet.json<{ entries: { action: string; detail: string }[] }>(['audit', 'list']);
      return entries.filter(({ action }) => action === 'spoke.health').reverse();
    };
    const changes = await healthChanges();
    const first = ends(await status());
    // Twice: with the certificate that was renewed, the next one is had.
    await waitFor(
      'all servers have renewed twice',
      async () => ends(await status()).every((end, i) => end > (first[i] ?? 0) + 14_000),
      60_000,
    );
    const calls = agents.calls.filter(({ kind }) => kind === 'check-in');
    expect(calls.filter(({ outcome }) => outcome !== 'served')).to.deep.equal([]);
    for (const host of hosts) {
      expect(calls.filter(({ hostname }) => hostname === host).length, host).to.be.at.least(20);
    }
    expect((await healthChanges()).slice(changes.length)).to.deep.equal([]);
    // Whoever was here from the beginning shows a certificate that is good now.
    expect((await shownAt(fleet.hub.ports.api)).validToDate.getTime()).to.be.above(Date.now());
    for (const host of hosts) await fleet.json(['envoys', 'show', host]);
  });
});

describe('the certificate of an operator', function () {
  this.timeout(30_000);
  const processes = useProcesses();

  it('is read anew on SIGHUP; a bad one is refused; open connections stay', async () => {
    const [ports] = await serverPorts(1);
    if (!ports) throw new Error('no ports');
    const pki = await createTestPki();
    const dataDir = join(processes.dir, 'data');
    const [certFile, keyFile] = [join(processes.dir, 'api.pem'), join(processes.dir, 'api.key')];
    const put = async ({ certPem, keyPem }: Pick<TestCredentials, 'certPem' | 'keyPem'>) => {
      await writeFile(certFile, certPem);
      await writeFile(keyFile, keyPem);
    };
    const [before, next] = await Promise.all([pki.hub({ ipAddresses: ['127.0.0.1'] }), pki.hub()]);
    await put(before);
    const configFile = join(processes.dir, 'server.yaml');
    const own = `  tls: { cert_file: "${certFile}", key_file: "${keyFile}" }\n`;
    await writeFile(configFile, serverYaml({ dataDir, ports }).replace('checkin:', `${own}checkin:`));
    const server = await processes.serve('standalone', ['serve', '--config', configFile]);
    const shows = async ({ certPem }: TestCredentials) =>
      (await shownAt(ports.api)).fingerprint256 === new X509Certificate(certPem).fingerprint256;
    const hangUp = async (said: string) => {
      const from = server.log.length;
      server.signal('SIGHUP');
      return server.waitForLog(said, ({ msg }) => msg.startsWith(said), { from });
    };
    expect(await shows(before)).to.equal(true);
    const session = connectHttp2(`https://127.0.0.1:${ports.api}`, { ca: pki.caPem });
    const ping = () => new Promise<boolean>((resolve) => session.ping((error) => resolve(error === null)));
    try {
      await once(session, 'connect');
      expect(await ping()).to.equal(true);
      await put(next);
      await hangUp('reloaded');
      expect(await shows(next)).to.equal(true);
      await put({ certPem: before.certPem, keyPem: next.keyPem });
      const { error } = await hangUp('not reloaded');
      expect(error).to.contain(certFile).and.contain('cannot be used');
      expect(await shows(next)).to.equal(true);
      expect(await ping()).to.equal(true);
    } finally {
      session.destroy();
    }
  });
});
