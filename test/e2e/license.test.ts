/** What servers do with, and without, a license. */
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import type { LicenseJson } from '../../src/cli/json/license.ts';
import { issueLicense } from '../../src/license/issue-license.ts';
import { generateVendorKeys } from '../../src/license/vendor-keypair.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { toVigoError } from '../../src/rpc/errors.ts';
import { hubYaml, licenseFile, type ServerPorts, serverPorts, spokeYaml } from '../support/fleet-config.ts';
import { useFleetProcesses } from '../support/fleet-processes.ts';
import { isListening } from '../support/is-listening.ts';
import { errorOf, jsonOf, useProcesses } from '../support/processes.ts';
import { checkInByRpc, enrollByRpc } from '../support/rpc-enrolment.ts';

const DAY_MS = 24 * 3600 * 1000;
const OTHER_MACHINE = `vf1-${'1'.repeat(16)}-${'2'.repeat(16)}-${'3'.repeat(16)}`;

describe('a license', function () {
  this.timeout(30_000);
  const processes = useProcesses();
  const vendor = generateVendorKeys();
  const file = (name: string) => join(processes.dir, name);
  let ports: ServerPorts;
  let fingerprint: string;

  before(async () => {
    [ports = { grpc: 0, api: 0, metrics: 0 }] = await serverPorts(1);
    const dataDir = file('data');
    const made = await processes.cli(['license', 'fingerprint', '--data-dir', dataDir, '--json']);
    ({ fingerprint } = jsonOf<{ fingerprint: string }>(made));
    await writeFile(file('vendor.pub'), vendor.publicKeyPem);
    await writeFile(file('hub.yaml'), hubYaml({ dataDir, ports, spokes: [{ id: 'dc1', port: 1530 }] }));
    await writeFile(file('spoke.yaml'), spokeYaml({ dataDir, ports }, 'dc1'));
  });

  const env = () => ({ VIGO_LICENSE_VENDOR_KEY: file('vendor.pub') });
  const issue = (more: Partial<Parameters<typeof issueLicense>[0]> = {}) =>
    issueLicense({
      ...{ privateKeyPem: vendor.privateKeyPem, customer: 'Acme', tier: 'enterprise', envoys: 7 },
      ...{ expires: '2099-01-01', fingerprints: [fingerprint], now: systemClock.now() },
      ...more,
    });
  const install = async (text: string) => {
    const path = licenseFile(file('data'));
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  };

  /** Starts a server that must not start; what it says on stderr. */
  const refused = async (role: 'hub' | 'spoke', code: string, environment: NodeJS.ProcessEnv = env()) => {
    const result = await processes.cli(['serve', '--config', file(`${role}.yaml`)], { env: environment });
    expect(result.code).to.equal(1);
    expect(result.stdout).not.to.include('ready');
    expect(result.stderr).to.include(`code ${code}`);
    for (const port of Object.values(ports)) expect(await isListening(port)).to.equal(false);
    return result.stderr;
  };

  it('is what a hub and a spoke need, and they say where to get it', async () => {
    for (const role of ['hub', 'spoke'] as const) {
      const message = await refused(role, 'LICENSE_REQUIRED');
      expect(message)
        .to.include(`a ${role} needs a license`)
        .and.include(licenseFile(file('data')));
      expect(message).to.include('vigocli license fingerprint').and.include('vigocli license install');
    }
  });

  const bad = [
    {
      what: 'is for another machine',
      role: 'spoke',
      code: 'LICENSE_OTHER_MACHINE',
      text: () => issue({ fingerprints: [OTHER_MACHINE] }),
      message: /for another machine: this one has the fingerprint vf1-.*0 of 3 parts match/,
    },
    {
      what: 'has expired',
      role: 'hub',
      code: 'LICENSE_EXPIRED',
      text: () => issue({ now: systemClock.now() - 2 * DAY_MS, expires: new Date(systemClock.now()).toISOString() }),
      message: /expired on 20\d\d-\d\d-\d\dT.*Z: ask the vendor for a renewed one/,
    },
    {
      what: 'was changed after it was signed',
      role: 'spoke',
      code: 'LICENSE_SIGNATURE',
      text: () => tamperedWith(issue()),
      message: /has been changed since it was issued/,
    },
    {
      what: 'was signed by another key',
      role: 'hub',
      code: 'LICENSE_SIGNATURE',
      text: () => issue({ privateKeyPem: generateVendorKeys().privateKeyPem }),
      message: /signed by another vendor key, [0-9a-f]{16}; this program trusts [0-9a-f]{16}/,
    },
  ] as const;
  for (const { what, role, code, text, message } of bad) {
    it(`that ${what} starts no ${role}, which says so`, async () => {
      await install(text());
      expect(await refused(role, code)).to.match(message);
    });
  }

  it('signed with an evaluation key is worth nothing without that key', async () => {
    await install(issue());
    expect(await refused('hub', 'LICENSE_SIGNATURE', {})).to.include('signed by another vendor key');
  });

  it('starts a hub whose network card was changed, and every start tells that it is an evaluation', async () => {
    const [form, machine, , ca] = fingerprint.split('-');
    const newCard = [form, machine, 'f'.repeat(16), ca].join('-');
    // Where a machine has no id, the card is one of the two parts that must match.
    await install(issue({ fingerprints: [machine === '0' ? fingerprint : newCard] }));
    const hub = await processes.serve('hub', ['serve', '--config', file('hub.yaml')], { env: env() });
    expect(
      hub.log.some(({ msg, vendorKey }) => msg.startsWith('evaluation') && vendorKey === file('vendor.pub')),
    ).to.equal(true);
    const status = ['license', 'status', '--data-dir', file('data')];
    const told = jsonOf<LicenseJson>(await processes.cli([...status, '--json'], { env: env() }));
    expect(told).to.include({ customer: 'Acme', tier: 'enterprise', envoys: 7, envoysUsed: 0, source: 'server' });
    expect(told).to.include({ evaluation: true, fingerprint, expiresAt: '2099-01-01T00:00:00.000Z' });
    expect((await processes.cli(status, { env: env() })).stdout).to.include('evaluation');
    expect((await processes.stop(hub)).code).to.equal(0);
  });

  it('is made and installed by the commands of the manual, which print one thing alone on a line', async () => {
    const dataDir = file('data');
    const key = ['--key', 'vendor/vendor.key'];
    const cli = (...args: string[]) => processes.cli(args, { env: { VIGO_LICENSE_VENDOR_KEY: 'vendor/vendor.pub' } });
    await cli('license', 'keygen', '--out', 'vendor/');
    expect((await stat(file('vendor/vendor.key'))).mode & 0o777).to.equal(0o600);
    expect((await cli('license', 'fingerprint', '--data-dir', dataDir)).stdout).to.equal(`${fingerprint}\n`);
    const sold = ['--customer', 'Acme', '--tier', 'enterprise', '--envoys', '500', '--fingerprint', OTHER_MACHINE];
    const issueBy = ['license', 'issue', ...key, ...sold, '--fingerprint', fingerprint, '--out', 'vigo.lic'];
    const past = await cli(...issueBy, '--expires', '2020-01-01', '--json');
    expect(past.code).to.equal(1);
    expect(errorOf(past).message).to.include('2020-01-01 is not in the future');
    expect(await readFile(file('vigo.lic')).catch(() => undefined)).to.equal(undefined);
    expect((await cli(...issueBy, '--expires', '2099-01-01')).stdout).to.equal(`${file('vigo.lic')}\n`);
    const installed = await cli('license', 'install', 'vigo.lic', '--data-dir', dataDir);
    expect(installed.stdout).to.include(licenseFile(dataDir)).and.include('evaluation');
    const status = await cli('license', 'status', '--data-dir', dataDir, '--json');
    expect(jsonOf<LicenseJson>(status)).to.include({ envoys: 500, evaluation: true, source: 'file', envoysUsed: null });
    const keys = await readFile(file('vendor/vendor.pub'), 'utf8');
    await cli('license', 'keygen', '--out', 'vendor/');
    expect(await readFile(file('vendor/vendor.pub'), 'utf8'), 'keys are never overwritten').to.equal(keys);
  });
});

describe('the free license', function () {
  this.timeout(30_000);
  const fleet = useFleetProcesses({});

  it('runs a standalone server without any file', async () => {
    expect(await fleet.json<LicenseJson>(['license', 'status'])).to.include({
      ...{
        customer: null,
        tier: 'free',
        envoys: 25,
        envoysUsed: 0,
        expiresAt: null,
        evaluation: false,
        source: 'server',
      },
    });
  });

  it('covers 25 envoys: the next one is refused, and those that are there go on', async () => {
    const token = await fleet.enrollmentToken();
    await fleet.enroll('web0.example.com');
    const names = Array.from({ length: 24 }, (_, i) => `web${i + 1}.example.com`);
    const envoys = await Promise.all(names.map((hostname) => enrollByRpc(token, hostname)));
    const uses = async () => (await fleet.admin.listEnrollmentTokens({})).tokens.map(({ usesLeft }) => usesLeft);
    const before = await uses();

    const late = await enrollByRpc(token, 'web25.example.com').then(
      () => undefined,
      (error: unknown) => toVigoError(error, { target: 'the server' }),
    );
    expect(late).to.include({ code: 'LICENSE_EXHAUSTED', kind: 'resource_exhausted' });
    expect(late?.message).to.include('covers 25 envoys and 25 are enrolled');
    const stateDir = fleet.stateDir('web26.example.com');
    const tooMany = await fleet.cli([
      ...['agent', 'enroll', '--token', token, '--hostname', 'web26.example.com', '--state-dir', stateDir, '--json'],
    ]);
    expect(tooMany.code).to.equal(1);
    expect(errorOf(tooMany)).to.include({ code: 'LICENSE_EXHAUSTED', exit: 1 });
    expect(await uses()).to.deep.equal(before);

    expect((await fleet.envoys()).length).to.equal(25);
    for (const envoy of envoys.slice(0, 3)) expect((await checkInByRpc(envoy)).epoch).to.equal(1);
    const once = ['agent', 'run', '--once', '--state-dir', fleet.stateDir('web0.example.com')];
    expect(await fleet.json(once)).to.include({ spoke: 'local', lastError: null });
    expect(await fleet.json(['license', 'status'])).to.include({ envoysUsed: 25 });
  });

  it('has room again once an envoy is revoked', async () => {
    await fleet.json(['envoys', 'revoke', 'web7.example.com']);
    await fleet.enroll('web26.example.com');
    expect((await fleet.envoys()).length).to.equal(25);
  });
});

/** The same file with more envoys in it. */
function tamperedWith(text: string): string {
  const license = JSON.parse(text) as { vigoLicense: number; payload: string; signature: string };
  const payload = JSON.parse(Buffer.from(license.payload, 'base64url').toString());
  const more = Buffer.from(JSON.stringify({ ...payload, envoys: 1_000_000 })).toString('base64url');
  return `${JSON.stringify({ ...license, payload: more })}\n`;
}
