/** server.yaml: where it is found, what it means, and what is said about a wrong one. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { VigoError } from '../../../src/fleet/errors.ts';
import { type LoadServerConfigOptions, loadServerConfig } from '../../../src/server/config/load-server-config.ts';

describe('server.yaml', () => {
  let cwd: string;

  beforeEach(async () => {
    cwd = await mkdtemp(join(tmpdir(), 'vigo-config-'));
  });
  afterEach(() => rm(cwd, { recursive: true, force: true }));

  const load = (more: Partial<LoadServerConfigOptions> = {}) =>
    loadServerConfig({ env: {}, cwd, isRoot: false, homeDir: '/home/op', hostname: 'Box.example.com', ...more });
  const loadText = async (text: string, more: Partial<LoadServerConfigOptions> = {}) => {
    await writeFile(join(cwd, 'server.yaml'), text);
    return load(more);
  };
  const refusal = async (text: string, more: Partial<LoadServerConfigOptions> = {}): Promise<string[]> => {
    const error = await loadText(text, more).catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(VigoError).with.property('code', 'CONFIG_INVALID');
    return (error as VigoError).message.split('\n').map((line) => line.replace(`${join(cwd, 'server.yaml')}:`, ''));
  };

  it('makes a working standalone server of nothing', async () => {
    expect(await load()).to.deep.equal({
      configFile: undefined,
      warnings: [],
      dataDir: '/home/op/.local/share/vigo',
      database: { url: 'sqlite:vigo.db', file: '/home/op/.local/share/vigo/vigo.db' },
      server: {
        grpcListen: ':1530',
        apiListen: ':8443',
        metricsListen: '127.0.0.1:9530',
        hostname: 'box.example.com',
        tlsSans: [],
        tls: {
          ...{ certFile: undefined, keyFile: undefined, caFile: undefined, caKeyFile: undefined },
          certLifetimeMs: 365 * 24 * 3_600_000,
        },
      },
      license: { file: '/home/op/.local/share/vigo/license/vigo.lic' },
      checkin: { intervalMs: 300_000, maxRate: 1_000 },
      runs: { maxAgeMs: 30 * 24 * 3_600_000, maxPerEnvoy: 100 },
      stacks: { maxBytes: 512 * 1024 * 1024 },
      enrollment: { duplicateHostname: 'reject' },
      auth: { sessionTtlMs: 12 * 3_600_000, sessionIdleMs: 2 * 3_600_000, oidc: undefined },
      spanner: {
        role: 'standalone',
        defaultSpoke: undefined,
        spokes: [],
        fanoutTimeoutMs: 5_000,
        autoFailover: {
          enabled: false,
          threshold: 3,
          intervalMs: 30_000,
          recoveryThreshold: 2,
          maxUnhealthyFraction: 0.55,
          fallback: 'least_loaded',
          maxRate: 500,
        },
        spokeId: undefined,
        hubAddr: undefined,
        hubFallbackAddrs: [],
        reportIntervalMs: 30_000,
        joinToken: undefined,
      },
      webhooks: [],
      notifications: [],
    });
  });

  it('takes an empty file, a comment and keys without a value as defaults', async () => {
    const { configFile, ...defaults } = await load();
    expect(configFile).to.equal(undefined);
    const allDefaults = [
      '',
      '# nothing\n',
      'server:\nspanner:\n  default_spoke:   # none\n  join_token:\n',
      'server: { tls: { cert_file: , key_file: , ca_file: , ca_key_file: } }\n',
      'data_dir:\ndatabase: {}\nwebhooks: []\nnotifications:\n',
    ];
    for (const text of allDefaults) {
      const { configFile: read, ...rest } = await loadText(text);
      expect(read).to.equal(join(cwd, 'server.yaml'));
      expect(rest, text).to.deep.equal(defaults);
    }
  });

  it('accepts every block of the manual as it stands', async () => {
    const hub = await loadText(`spanner:
  role: hub
  spokes:
    - id: dc1
      addr: "spoke1.example.com:1530"
      patterns: ["*.dc1.*"]
    - id: dc2
      addr: "spoke2.example.com:1530"
      patterns: ["*.dc2.*"]
`);
    expect(hub.spanner.spokes.map((spoke) => spoke.id)).to.deep.equal(['dc1', 'dc2']);
    expect(hub.warnings).to.deep.equal([]);
    const spoke = await loadText('spanner:\n  role: spoke\n  spoke_id: "dc1"\n');
    expect(spoke.spanner).to.include({ role: 'spoke', spokeId: 'dc1' });
    const reporting = await loadText(`spanner:
  role: spoke
  spoke_id: "dc1"
  hub_addr: "hub.example.com:1530"  # enables spoke→hub reporting
`);
    expect(reporting.spanner.hubAddr).to.equal('hub.example.com:1530');
    expect(reporting.spanner.reportIntervalMs).to.equal(30_000);
    expect(reporting.warnings).to.deep.equal([]);
    const fallback = await loadText(`spanner:
  role: spoke
  spoke_id: "dc1"
  hub_addr: "hub.example.com:1530"
  hub_fallback_addrs:
    - "hub-standby.example.com:1530"
`);
    expect(fallback.spanner.hubFallbackAddrs).to.deep.equal(['hub-standby.example.com:1530']);
    const failover = await loadText(`spanner:
  role: hub
  auto_failover:
    enabled: true
    threshold: 3      # consecutive failures before drain (default 3)
    interval: "30s"   # health check interval (default 30s)
`);
    expect(failover.spanner.autoFailover).to.include({ enabled: true, threshold: 3, intervalMs: 30_000 });
    expect(failover.warnings.join()).to.include('spanner.spokes is empty');
  });

  it('reads every key that a server of today serves', async () => {
    const config = await loadText(`data_dir: data
database: { url: "sqlite:db/fleet.db" }
server:
  grpc_listen: "127.0.0.1:0"
  api_listen: "[::1]:8443"
  metrics_listen: "localhost:9530"
  hostname: Hub.Example.com
  tls_sans: [hub, 10.0.0.1]
  tls: { cert_file: tls/c.pem, key_file: /etc/k.pem, ca_file: ca.pem, ca_key_file: ca.key }
license: { file: /etc/vigo.lic }
checkin: { interval: 250ms, max_rate: 10 }
runs: { max_age: 48h, max_per_envoy: 10 }
stacks: { max_size: 20MiB }
enrollment: { duplicate_hostname: replace }
spanner:
  role: hub
  default_spoke: dc1
  spokes:
    - { id: dc1, addr: "10.0.0.1:1530" }
  fanout_timeout: 1.5s
  auto_failover: { enabled: true, threshold: 5, interval: 1m, recovery_threshold: 1, max_unhealthy_fraction: 1, fallback: none, max_rate: 7 }
  report_interval: 1h
`);
    expect(config.dataDir).to.equal(join(cwd, 'data'));
    expect(config.database.file).to.equal(join(cwd, 'data/db/fleet.db'));
    expect(config.server.tls.certFile).to.equal(join(cwd, 'data/tls/c.pem'));
    expect(config.server.tls.keyFile).to.equal('/etc/k.pem');
    expect(config.server).to.include({ hostname: 'hub.example.com', apiListen: '[::1]:8443' });
    expect(config.checkin).to.deep.equal({ intervalMs: 250, maxRate: 10 });
    expect(config.runs).to.deep.equal({ maxAgeMs: 172_800_000, maxPerEnvoy: 10 });
    expect(config.stacks).to.deep.equal({ maxBytes: 20 * 1024 * 1024 });
    expect(config.enrollment.duplicateHostname).to.equal('replace');
    expect(config.spanner).to.include({ fanoutTimeoutMs: 1_500, reportIntervalMs: 3_600_000, defaultSpoke: 'dc1' });
    expect(config.spanner.spokes).to.deep.equal([{ id: 'dc1', addr: '10.0.0.1:1530', patterns: [] }]);
    expect(config.spanner.autoFailover).to.include({ fallback: 'none', maxRate: 7, maxUnhealthyFraction: 1 });
    expect(config.warnings).to.deep.equal([]);
  });

  it('names every wrong key and value with its line, in one message', async () => {
    const lines = await refusal(`server:
  grpc_listen: 1530
  api_lisen: ":8443"
checkin:
  interval: 5 minutes
runs: { max_age: 30d, max_per_envoy: 0 }
stacks: { max_size: 1TiB }
spanner:
  role: hubb
  spokes:
    - id: DC 1
      addr: spoke1.example.com
      patterns: ["*.dc1.*", "!x", "*a*b*c*d*"]
    - { addr: "a:1", patterns: all }
  auto_failover: { threshold: 0, max_unhealthy_fraction: 2, enabled: yes please }
colour: blue
`);
    expect(lines).to.deep.equal([
      '2: server.grpc_listen: expected ":port", "host:port" or "[IPv6]:port"; port 0 picks a free one',
      '3: server.api_lisen: unknown key; known here: grpc_listen, api_listen, metrics_listen, hostname, tls_sans, tls',
      '5: checkin.interval: expected a duration from 50ms to 24h, such as "50ms": a number with ms, s, m or h',
      '6: runs.max_age: expected a duration from 1m to 87600h, such as "1m": a number with ms, s, m or h',
      '6: runs.max_per_envoy: expected a whole number from 1 to 100000',
      '7: stacks.max_size: expected a size from 64KiB to 512MiB, such as "512MiB": a whole number with KiB, MiB or GiB',
      '9: spanner.role: expected one of standalone, hub, spoke',
      '11: spanner.spokes[0].id: expected an id of at most 63 lower-case letters, digits and "-", not starting or ending with "-"',
      '12: spanner.spokes[0].addr: expected host:port, such as "spoke1.example.com:1530"',
      '13: spanner.spokes[0].patterns[1]: pattern "!x": negation ("!") is not supported; list what should match',
      '13: spanner.spokes[0].patterns[2]: pattern "*a*b*c*d*": has more than 3 stars',
      '14: spanner.spokes[1].id: is missing: expected an id of at most 63 lower-case letters, digits and "-", not starting or ending with "-"',
      '14: spanner.spokes[1].patterns: expected a list of host name patterns',
      '15: spanner.auto_failover.enabled: expected true or false',
      '15: spanner.auto_failover.threshold: expected a whole number from 1 to 100',
      '15: spanner.auto_failover.max_unhealthy_fraction: expected a number above 0 and at most 1',
      '16: colour: unknown key; known here: data_dir, database, server, license, checkin, runs, stacks, enrollment, auth, spanner, webhooks, notifications',
    ]);
  });

  it('refuses values that do not fit together', async () => {
    const spoke = (id: string) => `    - { id: ${id}, addr: "a:1" }\n`;
    const hub = (more: string) => `spanner:\n  role: hub\n  spokes:\n${more}`;
    expect(await refusal(hub(spoke('dc1') + spoke('dc1')))).to.deep.equal([
      '5: spanner.spokes[1].id: "dc1" is the id of another spoke already; expected every id once',
    ]);
    expect(await refusal(hub(`${spoke('dc1')}  default_spoke: dc9\n`))).to.deep.equal([
      '5: spanner.default_spoke: expected the id of one of spanner.spokes, which are: dc1',
    ]);
    expect(await refusal('spanner:\n  role: spoke\n')).to.deep.equal([
      '1: spanner.spoke_id: is missing: a spoke needs the id under which the hub knows it',
    ]);
    expect(await refusal('', { role: 'spoke' })).to.have.length(1);
    expect(await refusal('spanner:\n  hub_fallback_addrs: ["a:1"]\n')).to.deep.equal([
      '2: spanner.hub_fallback_addrs: has no meaning without spanner.hub_addr, which is tried first',
    ]);
    expect(await refusal('server:\n  tls:\n    cert_file: c.pem\n')).to.deep.equal([
      '3: server.tls.cert_file: expected together with server.tls.key_file',
    ]);
    expect(await refusal('server: { tls: { ca_key_file: ca.key } }\n')).to.have.length(1);
  });

  it('warns of an address of the hub that nobody reports to', async () => {
    const { warnings } = await loadText('spanner: { hub_addr: "hub.example.com:1530" }\n');
    expect(warnings).to.deep.equal(["spanner.hub_addr is only read by a spoke; this server's role is standalone"]);
  });

  it('says what this version does not serve yet instead of ignoring it', async () => {
    const lines = await refusal(`database: { url: "postgres://vigo@db/vigo" }
`);
    expect(lines).to.have.length(1);
    expect(lines[0]).to.match(/^1: database\.url: PostgreSQL is not supported by this version yet; use "sqlite:/);
    expect(await refusal('database: { url: "mysql://x" }')).to.have.length(1);
  });

  it('takes a webhook that names no repository, and a list of all events', async () => {
    const { webhooks, notifications } = await loadText(
      `webhooks: [ { name: stacks, provider: github, secret_file: hook-secret, action: publish } ]
notifications: [ { url: "https://chat.example.com/x", secret_file: s, events: [spoke.offline, spoke.recovered, move.finished, envoy.stale, config.published] } ]
`,
    );
    expect(webhooks[0]).to.include({ name: 'stacks', action: 'publish', repository: undefined });
    expect(notifications[0]?.events).to.have.length(5);
  });

  it('reads webhooks', async () => {
    const { webhooks, dataDir } = await loadText(`webhooks:
  - { name: stacks, provider: github, secret_file: hook-secret, repository: "https://git.example.com/fleet.git" }
  - name: lab
    provider: gitlab
    secret_file: /etc/vigo/lab
    action: publish
    repository: git@lab.example.com:ops/fleet.git
    branch: release/1.x
    path: config/stacks
`);
    expect(webhooks).to.deep.equal([
      {
        name: 'stacks',
        provider: 'github',
        secretFile: join(dataDir, 'hook-secret'),
        action: 'publish',
        repository: 'https://git.example.com/fleet.git',
        branch: undefined,
        path: undefined,
      },
      {
        name: 'lab',
        provider: 'gitlab',
        secretFile: '/etc/vigo/lab',
        action: 'publish',
        repository: 'git@lab.example.com:ops/fleet.git',
        branch: 'release/1.x',
        path: 'config/stacks',
      },
    ]);
    const spoke = 'spanner: { role: spoke, spoke_id: dc1 }\n';
    const { warnings } = await loadText(
      `${spoke}webhooks: [ { name: a, provider: gitea, secret_file: s, repository: /srv/git/fleet } ]\n`,
    );
    expect(warnings).to.deep.equal([
      'webhooks are not read by a spoke: it has no listener for them, and nothing is published there',
    ]);
  });

  it('says of every webhook what is wrong with it', async () => {
    const lines = await refusal(`webhooks:
  - { name: "Not A Label", provider: bitbucket, secret_file: s, action: reboot, repository: /srv/git/a }
  - { name: a, provider: github, repository: "ext::sh -c id", branch: "-x", path: ../up, colour: red }
  - { name: twice, provider: github, secret_file: s, repository: /srv/git/a }
  - { name: twice, provider: github, secret_file: s, repository: /srv/git/a }
`);
    expect(lines).to.deep.equal([
      '2: webhooks[0].name: expected an id of at most 63 lower-case letters, digits and "-", not starting or ending with "-"',
      '2: webhooks[0].provider: expected one of github, gitlab, gitea',
      '2: webhooks[0].action: expected publish',
      '3: webhooks[1].secret_file: is missing: expected the path of a file with the secret',
      '3: webhooks[1].repository: expected the address of a git repository: https://…, ssh://…, user@host:path, file:///path or /path (http:// for this machine only)',
      '3: webhooks[1].branch: expected the name of a branch, such as "main"',
      '3: webhooks[1].path: expected a path inside of the repository, such as "stacks"; "." for all of it',
      '3: webhooks[1].colour: unknown key; known here: name, provider, secret_file, action, repository, branch, path',
    ]);
    expect(
      await refusal(`webhooks:
  - { name: twice, provider: github, secret_file: s, repository: /srv/git/a }
  - { name: twice, provider: github, secret_file: s, repository: /srv/git/a }
`),
    ).to.deep.equal(['3: webhooks[1].name: "twice" is the name of another entry already; expected every name once']);
  });

  it('reads notifications', async () => {
    const { notifications, dataDir } = await loadText(`notifications:
  - { url: "https://chat.example.com/hook?room=ops", secret_file: chat, events: [spoke.offline, config.published] }
  - { url: "http://127.0.0.1:9000/", secret_file: /etc/vigo/s, ca_file: ca.pem }
`);
    expect(notifications).to.deep.equal([
      {
        url: 'https://chat.example.com/hook?room=ops',
        events: ['spoke.offline', 'config.published'],
        secretFile: join(dataDir, 'chat'),
        caFile: undefined,
      },
      {
        url: 'http://127.0.0.1:9000/',
        events: ['spoke.offline', 'spoke.recovered', 'move.finished', 'envoy.stale', 'config.published'],
        secretFile: '/etc/vigo/s',
        caFile: join(dataDir, 'ca.pem'),
      },
    ]);
    const url = 'an https:// URL without user and fragment (http:// for this machine only)';
    expect(
      await refusal(`notifications:
  - { url: "http://chat.example.com/", events: [] }
  - { url: "https://u:p@chat.example.com/", secret_file: s, events: [spoke.gone], colour: red }
`),
    ).to.deep.equal([
      `2: notifications[0].url: expected ${url}`,
      '2: notifications[0].secret_file: is missing: expected the path of a file with the secret',
      '2: notifications[0].events: expected at least one event',
      `3: notifications[1].url: expected ${url}`,
      '3: notifications[1].events[0]: expected one of spoke.offline, spoke.recovered, move.finished, envoy.stale, config.published',
      '3: notifications[1].colour: unknown key; known here: url, secret_file, ca_file, events',
    ]);
    const twice = '  - { url: "https://a/", secret_file: s }\n';
    expect(await refusal(`notifications:\n${twice}${twice}`)).to.deep.equal([
      '3: notifications[1].url: "https://a/" is the url of another entry already; expected every url once',
    ]);
  });

  it('refuses what is no YAML map', async () => {
    expect((await refusal('server: [1\n'))[0]).to.match(/^\d+: not valid YAML/);
    expect((await refusal('server: {}\nserver: {}\n'))[0]).to.match(/^2: not valid YAML: .*unique/);
    expect((await refusal('- a\n- b\n'))[0]).to.match(/^1: expected a map/);
    expect((await refusal('{}\n---\n{}\n'))[0]).to.match(/expected one document/);
    const laughs = [
      'a: &a [x, x]',
      ...'bcdefghij'.split('').map((name, i) => `${name}: &${name} [${Array(20).fill(`*${'abcdefghi'[i]}`)}]`),
    ];
    expect((await refusal(`${laughs.join('\n')}\n`))[0]).to.include('not valid YAML');
    expect((await refusal(`# ${'x'.repeat(1024 * 1024)}\n`))[0]).to.include('expected at most');
  });

  it('finds the file by --config, VIGO_CONFIG_FILE, the current directory, the data directory, in this order', async () => {
    const put = async (path: string, rate: number) => {
      await mkdir(join(cwd, path, '..'), { recursive: true });
      await writeFile(join(cwd, path), `checkin: { max_rate: ${rate} }\n`);
    };
    const env: Record<string, string> = { VIGO_DATA_DIR: join(cwd, 'data') };
    const rate = async (configFile?: string) => (await load({ env, configFile })).checkin.maxRate;
    expect(await rate()).to.equal(1_000);
    await put('data/server.yaml', 1);
    expect(await rate()).to.equal(1);
    await put('server.yaml', 2);
    expect(await rate()).to.equal(2);
    await put('etc/env.yaml', 3);
    env.VIGO_CONFIG_FILE = 'etc/env.yaml';
    expect(await rate()).to.equal(3);
    await put('hub.yaml', 4);
    expect(await rate('hub.yaml')).to.equal(4);
  });

  it('lets flags go before the file, and the file before the data directory of the shell', async () => {
    const text = 'data_dir: /from/file\nspanner: { role: hub, join_token: file-token, spoke_id: dc1 }\n';
    expect((await loadText(text)).dataDir).to.equal('/from/file');
    const env = { VIGO_DATA_DIR: '/from/env', VIGO_JOIN_TOKEN: 'env-token' };
    const fromEnv = await loadText(text, { env });
    expect(fromEnv.dataDir).to.equal('/from/file');
    expect((await loadText('', { env })).dataDir).to.equal('/from/env');
    expect(fromEnv.spanner.joinToken).to.equal('env-token');
    const fromFlag = await loadText(text, { env, dataDir: 'here', role: 'spoke' });
    expect(fromFlag.dataDir).to.equal(join(cwd, 'here'));
    expect(fromFlag.spanner.role).to.equal('spoke');
    expect((await loadText(text)).spanner.joinToken).to.equal('file-token');
  });

  it('knows the usual places of root and of others', async () => {
    expect((await load({ isRoot: true })).dataDir).to.equal('/srv/vigo');
    expect((await load({ env: { XDG_DATA_HOME: '/xdg' } })).dataDir).to.equal('/xdg/vigo');
    expect((await load({ env: { XDG_DATA_HOME: 'relative' } })).dataDir).to.equal('/home/op/.local/share/vigo');
  });

  it('says that a named file is not there', async () => {
    const error = await load({ configFile: 'hub.yaml' }).catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(VigoError).with.property('code', 'CONFIG_NOT_FOUND');
    expect((error as VigoError).message)
      .to.include(join(cwd, 'hub.yaml'))
      .and.to.include('--config');
  });

  it('reads how people sign in, with files beside the data', async () => {
    const { auth, dataDir } = await loadText(
      [
        'data_dir: data',
        'auth:',
        '  session_ttl: 8h',
        '  session_idle: 30m',
        '  oidc:',
        '    issuer: https://idp.example.com:8443/realms/acme',
        '    client_id: vigo',
        '    client_secret_file: oidc-secret',
        '    role_claim: realm_access.roles',
        '    admin_values: [vigo-admin]',
        '    ca_file: /etc/idp-ca.pem',
        '',
      ].join('\n'),
    );
    expect(auth).to.deep.equal({
      sessionTtlMs: 8 * 3_600_000,
      sessionIdleMs: 30 * 60_000,
      oidc: {
        issuer: 'https://idp.example.com:8443/realms/acme',
        name: 'idp.example.com:8443',
        clientId: 'vigo',
        clientSecretFile: join(dataDir, 'oidc-secret'),
        scopes: ['openid', 'profile', 'email'],
        roleClaim: 'realm_access.roles',
        adminValues: ['vigo-admin'],
        viewerValues: [],
        nameClaim: 'preferred_username',
        caFile: '/etc/idp-ca.pem',
      },
    });
  });

  it('names what is wrong with how people sign in', async () => {
    const oidc = '  oidc: { issuer: "https://idp.example.com", client_id: vigo, viewer_values: [ops]';
    expect(await refusal(`auth:\n  session_ttl: 1s\n${oidc}, secret: x }\n`)).to.deep.equal([
      '2: auth.session_ttl: expected a duration from 1m to 720h, such as "1m": a number with ms, s, m or h',
      '3: auth.oidc.secret: unknown key; known here: issuer, name, client_id, client_secret_file, scopes, role_claim, admin_values, viewer_values, name_claim, ca_file',
    ]);
    for (const issuer of [
      'http://idp.example.com',
      'https://idp.example.com/?x=1',
      'https://u:p@idp.example.com',
      'idp',
    ])
      expect(await refusal(`auth:\n${oidc.replace('https://idp.example.com', issuer)} }\n`), issuer).to.deep.equal([
        '2: auth.oidc.issuer: expected an https:// URL without query, such as "https://idp.example.com"',
      ]);
    expect(await refusal(`auth:\n${oidc}, scopes: [profile] }\n`)).to.deep.equal([
      '2: auth.oidc.scopes: expected a list of scopes without spaces that contains "openid"',
    ]);
    expect(await refusal(`auth:\n${oidc.replace('viewer_values: [ops]', 'scopes: [openid]')} }\n`)).to.deep.equal([
      '2: auth.oidc: lets nobody in: expected admin_values or viewer_values, values of the claim role_claim',
    ]);
  });

  it('tells a spoke that nobody signs in there', async () => {
    const text =
      'auth: { oidc: { issuer: "https://a.example.com", client_id: v, admin_values: [a] } }\nspanner: { role: spoke, spoke_id: dc1 }\n';
    expect((await loadText(text)).warnings).to.deep.equal(['auth.oidc is not read by a spoke: nobody signs in there']);
  });
});
