/** `vigocli serve` as an operator meets it: how it starts, refuses to start, reloads, stops, and is killed. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Code, ConnectError } from '@connectrpc/connect';
import { expect } from 'chai';
import type { EnvoyListJson } from '../../src/cli/json/envoy.ts';
import type { LicenseJson } from '../../src/cli/json/license.ts';
import type { MoveJson } from '../../src/cli/json/move.ts';
import type { UserJson } from '../../src/cli/json/user.ts';
import { MoveReason, MoveState } from '../../src/gen/vigo/v1/admin_pb.js';
import { systemClock } from '../../src/platform/clock.ts';
import type { Child } from '../support/child.ts';
import { licenseFile, serverPorts, serverYaml } from '../support/fleet-config.ts';
import { useFleetProcesses } from '../support/fleet-processes.ts';
import { isListening } from '../support/is-listening.ts';
import { type CliResult, errorOf, STOP_MS, useProcesses } from '../support/processes.ts';
import { post, withHttp2 } from '../support/raw-peer.ts';
import { enrollByRpc } from '../support/rpc-enrolment.ts';
import { waitFor } from '../support/wait-for.ts';

const READY = /^127\.0\.0\.1:\d+$/;

const readyLine = (child: Child) => {
  const { level, time, ...line } = child.log.find(({ msg }) => msg === 'ready') ?? { level: '', time: '' };
  expect(level).to.equal('info');
  expect(time).to.match(/^\d{4}-\d\d-\d\dT.*Z$/);
  return line;
};

describe('a server that cannot start', function () {
  this.timeout(20_000);
  const processes = useProcesses();

  /** Runs `serve` to its end; it must not have listened anywhere. */
  const refused = async (yaml: (ports: string) => string) => {
    const [ports] = await serverPorts(1);
    if (!ports) throw new Error('no ports');
    const file = join(processes.dir, 'bad.yaml');
    await writeFile(file, yaml(serverYaml({ dataDir: join(processes.dir, 'bad'), ports })));
    const result = await processes.cli(['serve', '--config', file]);
    expect(result.code).to.equal(1);
    expect(result.stdout).to.equal('');
    for (const port of Object.values(ports)) expect(await isListening(port), `port ${port}`).to.equal(false);
    return { ...result, file };
  };

  it('names key, line and expectation of everything that is wrong in its file, at once', async () => {
    const { stderr, file } = await refused(
      (good) => `${good.replace('interval: 500ms', 'interval: soon')}spanner:\n  role: boss\n  spoke: dc1\n`,
    );
    expect(stderr).to.include(`${file}:7: checkin.interval: expected a duration from 50ms to 24h`);
    expect(stderr).to.include(`${file}:9: spanner.role: expected one of standalone, hub, spoke`);
    expect(stderr).to.include(`${file}:10: spanner.spoke: unknown key; known here: role, `);
    expect(stderr).to.include('code CONFIG_INVALID');
  });

  it('says what a role needs', async () => {
    const { stderr, file } = await refused((good) => `${good}spanner:\n  role: spoke\n`);
    expect(stderr).to.match(new RegExp(`${file}:8: spanner\\.spoke_id: is missing`));
  });

  it('says so when the file that was named is not there', async () => {
    const result = await processes.cli(['serve', '--config', join(processes.dir, 'none.yaml')]);
    expect(result.code).to.equal(1);
    expect(result.stderr).to.include('none.yaml does not exist').and.include('code CONFIG_NOT_FOUND');
  });
});

describe('a standalone server', function () {
  this.timeout(30_000);
  const fleet = useFleetProcesses({});

  it('says where it listens', () => {
    const { grpc, api, metrics } = fleet.hub.ports;
    expect(readyLine(fleet.hub.child)).to.deep.equal({
      msg: 'ready',
      role: 'standalone',
      grpc: `127.0.0.1:${grpc}`,
      api: `127.0.0.1:${api}`,
      metrics: `127.0.0.1:${metrics}`,
    });
  });

  it('picks free ports where it is told 0', async () => {
    const file = join(fleet.dir, 'any-port.yaml');
    const ports = { grpc: 0, api: 0, metrics: 0 };
    await writeFile(file, serverYaml({ dataDir: join(fleet.dir, 'any-port'), ports }));
    const child = await fleet.processes.serve('any port', ['serve', '--config', file]);
    const { grpc, api, metrics } = readyLine(child) as Record<string, string>;
    for (const address of [grpc, api, metrics]) {
      expect(address).to.match(READY);
      expect(await isListening(Number(address?.split(':')[1]))).to.equal(true);
    }
    expect((await fleet.processes.stop(child)).code).to.equal(0);
  });

  it('answers probes', async () => {
    const get = async (path: string, init: RequestInit = {}) => {
      const answer = await fetch(`http://127.0.0.1:${fleet.hub.ports.metrics}${path}`, init);
      return { code: answer.status, body: await answer.json() };
    };
    expect(await get('/healthz')).to.deep.equal({ code: 200, body: { status: 'alive' } });
    expect(await get('/readyz')).to.deep.equal({ code: 200, body: { status: 'ready' } });
    expect((await get('/healthz', { method: 'POST' })).code).to.equal(405);
    expect((await get('/')).code).to.equal(404);
  });

  it('makes users whose tokens do what their role may, until they are revoked', async () => {
    const created = await fleet.cli(['users', 'create', 'eve', '--role', 'viewer', '--ttl', '90d']);
    expect([created.code, created.stderr]).to.deep.equal([0, '']);
    expect(created.stdout).to.match(/^vgot_[\w-]{43}\n$/);
    const asEve = (...args: string[]) =>
      fleet.processes.cli([...args, '--json'], { env: { ...fleet.env, VIGO_TOKEN: created.stdout.trim() } });
    const failureOf = (result: CliResult) => [result.code, errorOf(result).code];
    expect((await asEve('envoys', 'list')).code).to.equal(0);
    const refused = await asEve('spanner', 'cordon', 'local');
    expect(failureOf(refused)).to.deep.equal([4, 'PERMISSION_DENIED']);
    expect(refused.stdout).to.include('eve has the role viewer').and.include('needs the role admin');
    expect(failureOf(await asEve('users', 'list'))).to.deep.equal([4, 'PERMISSION_DENIED']);
    const { users } = await fleet.json<{ users: UserJson[] }>(['users', 'list']);
    expect(users.map(({ name, role, createdBy }) => [name, role, createdBy])).to.deep.equal([
      ['eve', 'viewer', 'admin'],
    ]);
    const again = await fleet.cli(['users', 'create', 'Eve', '--role', 'admin', '--json']);
    expect(failureOf(again)).to.deep.equal([1, 'USER_EXISTS']);
    expect(await fleet.json(['users', 'revoke', 'eve'])).to.deep.include({ name: 'eve', sessionsEnded: 0 });
    expect(failureOf(await asEve('envoys', 'list'))).to.deep.equal([4, 'UNAUTHENTICATED']);
  });

  it('keeps a second server away from its data directory', async () => {
    const [ports] = await serverPorts(1);
    if (!ports) throw new Error('no ports');
    const file = join(fleet.dir, 'second.yaml');
    await writeFile(file, serverYaml({ dataDir: fleet.hub.dataDir, ports }));
    const second = await fleet.processes.cli(['serve', '--config', file]);
    expect(second.code).to.equal(1);
    expect(second.stderr).to.include(fleet.hub.dataDir).and.include('code DATA_DIR_IN_USE');
    expect(await isListening(ports.grpc)).to.equal(false);
    expect((await fleet.envoys()).length).to.equal(0);
  });

  it('stops within five seconds under connected agents, which go on when it is back', async () => {
    const hosts = ['a.example.com', 'b.example.com'];
    await Promise.all(hosts.map(fleet.enroll));
    const agents = await Promise.all(hosts.map(fleet.runAgent));
    const begun = systemClock.monotonic();
    await fleet.stopServer('hub');
    expect(systemClock.monotonic() - begun).to.be.lessThan(STOP_MS);
    expect(await isListening(fleet.hub.ports.grpc)).to.equal(false);
    await Promise.all(agents.map((agent) => agent.waitForLog('a failure', ({ msg }) => msg === 'owner failed')));
    await fleet.restart('hub');
    for (const agent of agents) {
      const times = () => agent.log.filter(({ msg }) => msg === 'checked in').length;
      await waitFor(`${agent.name} checks in again`, () => times() === 2);
      expect(agent.running).to.equal(true);
    }
  });
});

describe('servers of a fleet', function () {
  this.timeout(60_000);
  const fleet = useFleetProcesses({ spokes: ['dc1', 'dc2'] });
  const hosts = [1, 2, 3, 4, 5, 6].map((n) => `web${n}.dc1.example.com`);
  let agent: Child;

  before(async () => {
    const token = await fleet.enrollmentToken();
    const [first = '', ...others] = hosts;
    await Promise.all([fleet.enroll(first), ...others.map((hostname) => enrollByRpc(token, hostname))]);
    agent = await fleet.runAgent(first);
  });

  const expectAll = async (spoke: string) => {
    const { envoys, total } = await fleet.json<EnvoyListJson>(['envoys', 'list']);
    expect(total).to.equal(hosts.length);
    expect(envoys.map((envoy) => [envoy.hostname, envoy.spoke])).to.deep.equal(
      hosts.map((hostname) => [hostname, spoke]),
    );
  };
  const moveOf = async (id: string) => (await fleet.admin.getMove({ id })).move;

  it('have no API, no web and no such line on a spoke', async () => {
    const { ports, child } = fleet.spoke('dc1');
    const address = (port: number) => `127.0.0.1:${port}`;
    const ready = { msg: 'ready', role: 'spoke', grpc: address(ports.grpc), metrics: address(ports.metrics) };
    expect(readyLine(child)).to.deep.equal(ready);
    expect(await isListening(ports.api)).to.equal(false);
    for (const path of ['/auth/methods', '/auth/login', '/auth/oidc/start']) {
      expect((await fetch(`http://${address(ports.metrics)}${path}`)).status, path).to.equal(404);
    }
    const [certPem = '', keyPem = '', caPem = ''] = await Promise.all(
      ['hub.pem', 'hub.key', 'ca.pem'].map((name) => readFile(join(fleet.hub.dataDir, 'tls', name), 'utf8')),
    );
    const asHub = { certPem, keyPem, caPem };
    const body = [Buffer.from(JSON.stringify({ token: 'vgot_guessed' }))];
    const login = await withHttp2(ports.grpc, asHub, (session) => post(session, { ':path': '/auth/login' }, body));
    expect(login.status).to.equal(404);
    expect(readyLine(fleet.hub.child)).to.include({ role: 'hub', api: address(fleet.hub.ports.api) });
  });

  it('read their license anew on SIGHUP, and keep the old one when the new one is no good', async () => {
    const file = licenseFile(fleet.hub.dataDir);
    const { fingerprints, envoys } = await fleet.json<LicenseJson>(['license', 'status']);
    expect(envoys).to.equal(500);
    await fleet.json([
      ...[
        'license',
        'issue',
        '--key',
        join(fleet.dir, 'vendor/vendor.key'),
        '--customer',
        'Acme',
        '--tier',
        'enterprise',
      ],
      ...['--envoys', '600', '--expires', '2099-01-01', '--fingerprint', String(fingerprints[0]), '--out', file],
    ]);
    const { child } = fleet.hub;
    let seen = child.log.length;
    child.signal('SIGHUP');
    await child.waitForLog('its new license', ({ msg }) => msg === 'license reloaded', { from: seen });
    expect(await fleet.json(['license', 'status'])).to.include({ envoys: 600, source: 'server' });

    const good = await readFile(file);
    await writeFile(file, 'nonsense');
    seen = child.log.length;
    child.signal('SIGHUP');
    const kept = await child.waitForLog('a refusal', ({ msg }) => msg.startsWith('license not reloaded'), {
      from: seen,
    });
    expect(kept.error).to.include(file).and.include('not a license file');
    expect(await fleet.json(['license', 'status'])).to.include({ envoys: 600 });
    await writeFile(file, good);
  });

  it('go on with a drain after the hub was killed in the middle of it, under the eyes of who ordered it', async () => {
    const drain = ['spanner', 'drain', '--spoke', 'dc1', '--to', 'dc2', '--yes', '--max-rate', '2', '--json'];
    const ordered = fleet.processes.start('drain', drain, { env: fleet.env });
    const id = await waitFor('the first batch has moved', async () => {
      const { moves } = await fleet.admin.listMoves({ limit: 1 });
      return moves[0] !== undefined && moves[0].moved >= 2 && moves[0].id;
    });
    await fleet.kill9('hub');
    const child = await fleet.restart('hub');
    expect(child.log.some(({ msg, move }) => msg === 'move resumed' && move === id)).to.equal(true);
    const { envoys, total } = await fleet.admin.listEnvoys({});
    expect(total).to.equal(hosts.length);
    expect(envoys.map(({ hostname }) => hostname)).to.deep.equal(hosts);
    const exit = await ordered.exited;
    expect(exit.code, ordered.stderr()).to.equal(0);
    const told = JSON.parse(ordered.stdout()) as MoveJson;
    expect(told).to.deep.include({ moveId: id, state: 'done', matched: 6, moved: 6, failed: [] });
    await expectAll('dc2');
    await agent.waitForLog('its new spoke', ({ msg, spoke }) => msg === 'checked in' && spoke === 'dc2');
    expect(await fleet.json(['spanner', 'spoke', 'dc1'])).to.include({ eligibility: 'drained', envoyCount: 0 });
  });

  it('stop within five seconds in the middle of a move that someone watches', async () => {
    await fleet.json(['spanner', 'uncordon', 'dc1']);
    const order = { reason: MoveReason.DRAIN, from: 'dc2', to: 'dc1', maxRate: 2 };
    const id = (await fleet.admin.startMove(order)).move?.id ?? '';
    const watched = Promise.withResolvers<void>();
    const watch = (async () => {
      for await (const { move } of fleet.admin.watchMove({ id }, { timeoutMs: 30_000 })) {
        if (move && move.moved >= 2) watched.resolve();
      }
      throw new Error('the watch has ended as if the move had');
    })().catch((error: unknown) => ConnectError.from(error));
    await watched.promise;
    const begun = systemClock.monotonic();
    await fleet.stopServer('hub');
    expect(systemClock.monotonic() - begun).to.be.lessThan(STOP_MS);
    const { code, message } = await watch;
    expect(code, message).to.equal(Code.Unavailable);
    expect(message).to.include(id);

    await fleet.restart('hub');
    await waitFor('the move is done', async () => (await moveOf(id))?.state === MoveState.DONE);
    expect(await moveOf(id)).to.include({ moved: 6, failedCount: 0 });
    await expectAll('dc1');
  });
});
