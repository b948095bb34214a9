import { createHash } from 'node:crypto';
import { Code, ConnectError, createClient } from '@connectrpc/connect';
import { expect } from 'chai';
import { AgentService } from '../../../src/gen/vigo/v1/agent_pb.js';
import { silentLogger } from '../../../src/platform/logger.ts';
import { RESOURCE_TYPES } from '../../../src/resources/index.ts';
import { createBundleCache } from '../../../src/server/spoke/policy/bundle-cache.ts';
import { createBundles, type PolicySource } from '../../../src/server/spoke/policy/bundles.ts';
import { openPolicy } from '../../../src/stacks/open-policy.ts';
import type { MemoryFleet } from '../../support/memory-fleet.ts';
import { PEER_HEADER } from '../../support/memory-spoke.ts';
import { publish, tree } from '../../support/published.ts';
import { codeOf } from '../../support/rpc-failure.ts';
import { useFleet } from '../../support/use-fleet.ts';

const stacks = (greeting: string) =>
  tree({
    'envoys.vgo': `envoys:
  - match: "*.dc1.*"
    environment: production
    configcrates: [motd]
    vars: { greeting: ${greeting} }
  - match: "*"
    configcrates: []
`,
    'configcrates/motd.vgo': `configcrate: motd
resources:
  - name: motd
    type: file
    target_path: /etc/motd
    content: "{{ vars.greeting }} from {{ traits.hostname }} on {{ traits.os }}"
  - name: key
    type: file
    target_path: /etc/key
    source: key
`,
    'files/key': 'k'.repeat(300_000),
    'files/other': 'of others',
  });
const digest = (text: string) => createHash('sha256').update(text).digest();
const traitsJson = Buffer.from('{"os":"debian"}');

describe('what an agent is told to be like', () => {
  const open = useFleet();
  let fleet: MemoryFleet;
  beforeEach(async () => {
    fleet = await open();
  });
  /** Its spoke's `AgentService`, called under its name, wherever it belongs. */
  const enroll = async (hostname: string) => {
    const agent = await fleet.enroll(hostname);
    const { transport } = fleet.spoke(hostname.split('.')[1] ?? '');
    const header = { [PEER_HEADER]: `${agent.id} ${agent.keyHash}` };
    const service = createClient(AgentService, {
      unary: (method, signal, timeoutMs, _header, message) =>
        transport!.unary(method, signal, timeoutMs, header, message),
      stream: (method, signal, timeoutMs, _header, message) =>
        transport!.stream(method, signal, timeoutMs, header, message),
    });
    return { ...agent, service };
  };

  it('is nothing before anything was published, and its check-in says so', async () => {
    const agent = await enroll('web1.dc1.example.com');
    const { service } = agent;
    const nothing = await service.getBundle({ traitsJson });
    expect([nothing.configVersion, nothing.bundle]).to.deep.equal(['', undefined]);
    expect(await service.checkIn({ epoch: 1 })).to.include({ noChange: true, configVersion: '' });
  });

  it('is resolved for its name and traits, and not sent again to who has it', async () => {
    const { service } = await enroll('web1.dc1.example.com');
    const { version } = await publish(fleet.hub.admin, stacks('hello'));
    const checkedIn = await service.checkIn({ epoch: 1 });
    expect(checkedIn).to.include({ noChange: false, configVersion: version?.version });
    expect(await service.checkIn({ epoch: 1, configVersion: version?.version ?? '' })).to.include({
      noChange: true,
      configVersion: '',
    });
    const first = await service.getBundle({ traitsJson });
    expect(first.configVersion).to.equal(version?.version);
    expect(first.bundle?.environment).to.equal('production');
    const specs = first.bundle?.resources.map(({ specJson }) => JSON.parse(String(Buffer.from(specJson))));
    expect(specs?.[0]).to.deep.equal({
      content: 'hello from web1.dc1.example.com on debian',
      target_path: '/etc/motd',
    });
    const again = await service.getBundle({ traitsJson, haveDigest: first.digest });
    expect(again.bundle).to.equal(undefined);
    expect(Buffer.from(again.digest).equals(first.digest)).to.equal(true);
    const more = Buffer.from(JSON.stringify({ ...JSON.parse(String(traitsJson)), bootedAt: 'just now' }));
    const unread = await service.getBundle({ traitsJson: more, haveDigest: first.digest });
    expect(unread.bundle, 'a fact that no template reads has changed').to.equal(undefined);
    await publish(fleet.hub.admin, stacks('goodbye'));
    const changed = await service.getBundle({ traitsJson, haveDigest: first.digest });
    expect(String(Buffer.from(changed.bundle?.resources[0]?.specJson ?? []))).to.include('goodbye');
  });

  it('says why there is none for it', async () => {
    const { service } = await enroll('web1.dc1.example.com');
    await publish(fleet.hub.admin, stacks('hello'));
    const { bundle } = await service.getBundle({ traitsJson: Buffer.from('{}') });
    expect(bundle?.error).to.include('undefined variable: traits.os');
    expect(bundle?.resources).to.deep.equal([]);
    expect(await codeOf(service.getBundle({ traitsJson: Buffer.from('[]') }))).to.equal('INVALID_ARGUMENT');
    expect(await codeOf(service.getBundle({ traitsJson: Buffer.alloc(70_000, 0x20) }))).to.equal('INVALID_ARGUMENT');
  });

  it('comes with the files that it names, and no others', async () => {
    const { service } = await enroll('web1.dc1.example.com');
    const stranger = await enroll('web1.dc2.example.com');
    await publish(fleet.hub.admin, stacks('hello'));
    const { bundle } = await service.getBundle({ traitsJson });
    const sha256 = bundle?.files[0]?.sha256 ?? new Uint8Array();
    const chunks: Uint8Array[] = [];
    for await (const { chunk } of service.fetchFile({ sha256, traitsJson })) chunks.push(chunk);
    expect(chunks.length).to.equal(2);
    expect(createHash('sha256').update(Buffer.concat(chunks)).digest().equals(sha256)).to.equal(true);
    const read = async (from: typeof service, wanted: Uint8Array) => {
      for await (const _ of from.fetchFile({ sha256: wanted, traitsJson }));
    };
    expect(await codeOf(read(service, digest('of others')))).to.equal('INVALID_ARGUMENT');
    expect(await codeOf(read(stranger.service, sha256))).to.equal('INVALID_ARGUMENT');
  });

  it('is not for envoys that are served elsewhere or were revoked', async () => {
    const agent = await enroll('web1.dc1.example.com');
    await publish(fleet.hub.admin, stacks('hello'));
    const { service } = agent;
    const { move } = await fleet.hub.admin.startMove({ reason: 1, hostname: agent.hostname, to: 'dc2' });
    await fleet.ended(move?.id ?? '');
    await fleet.probes();
    expect(await codeOf(service.getBundle({ traitsJson }))).to.equal('NOT_SERVED_HERE');
    const other = await enroll('web2.dc1.example.com');
    await fleet.hub.admin.revokeEnvoy({ envoy: other.hostname });
    expect(await codeOf(other.service.getBundle({ traitsJson }))).to.equal('IDENTITY_REVOKED');
    const failure = await other.service.getBundle({ traitsJson }).catch((error: unknown) => error);
    expect(failure).to.be.instanceOf(ConnectError).with.property('code', Code.PermissionDenied);
  });
});

describe('bundles that are ready', () => {
  const source = (files = stacks('hello')) => {
    let tell: Parameters<PolicySource['onSwitch']>[0] = () => {};
    const made: PolicySource = {
      current: undefined,
      onSwitch(listener) {
        tell = listener;
      },
    };
    const bundles = createBundles({
      source: made,
      open: (tree) => openPolicy(tree, RESOURCE_TYPES),
      logger: silentLogger,
    });
    tell({ version: 'v1', files });
    return { bundles, tell: (version: string, next: typeof files) => tell({ version, files: next }) };
  };

  it('are shared by envoys that get the same, and made anew after a publish', () => {
    const { bundles, tell } = source();
    const of = (hostname: string) => bundles.bundleFor({ hostname, traits: { os: 'x' } });
    expect(of('a.dc2.x')).to.equal(of('b.dc2.x'));
    expect(of('a.dc1.x')).to.equal(of('a.dc1.x'));
    expect(of('a.dc1.x')).not.to.equal(of('b.dc1.x'));
    const before = of('a.dc1.x');
    tell('v2', stacks('goodbye'));
    expect(of('a.dc1.x')?.digest.equals(before?.digest ?? Buffer.alloc(0))).to.equal(false);
    expect(bundles.version).to.equal('v2');
  });

  it('say that they cannot be made when the tree cannot be used', () => {
    const { bundles } = source(tree({ 'envoys.vgo': 'x' }));
    expect(bundles.bundleFor({ hostname: 'a', traits: {} })?.bundle.error).to.include(
      'cannot use the published configuration',
    );
  });

  it('are forgotten, the longest unused first, when there are too many', () => {
    const cache = createBundleCache(100);
    const ready = (size: number) => ({ size }) as never;
    cache.put('a', ready(40));
    cache.put('b', ready(40));
    cache.get('a');
    cache.put('c', ready(40));
    expect(['a', 'b', 'c'].map((key) => cache.get(key) !== undefined)).to.deep.equal([true, false, true]);
    cache.put('huge', ready(101));
    expect(cache.get('huge')).to.equal(undefined);
    expect(cache.get('c')).not.to.equal(undefined);
  });
});
