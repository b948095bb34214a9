import { createHash } from 'node:crypto';
import { expect } from 'chai';
import fc from 'fast-check';
import { RESOURCE_TYPES } from '../../../src/resources/index.ts';
import { openPolicy } from '../../../src/stacks/open-policy.ts';
import { orderResources } from '../../../src/stacks/order-resources.ts';
import { readStacksDir } from '../../../src/stacks/read-stacks-dir.ts';
import { tree } from '../../support/published.ts';
import { codeOf } from '../../support/rpc-failure.ts';

const FILES = {
  'envoys.vgo': `envoys:
  - match: "db*.example.com"
    environment: production
    configcrates: [plain]
  - match: "*.example.com"
    roles: [base]
    vars: { greeting: hello, list: [1, 2] }
  - match: "alone"
    configcrates: [needy]
`,
  'roles/base.vgo': 'role: base\nconfigcrates: [motd, plain]\n',
  'configcrates/motd.vgo': `configcrate: motd
resources:
  - name: motd
    type: file
    target_path: /etc/motd
    template: motd.liquid
    depends_on: [plain/dir]
    notify: [run]
  - name: run
    type: exec
    command: "echo {{ traits.os.family }}"
    creates: /tmp/{{ traits.hostname }}
`,
  'configcrates/plain.vgo': `configcrate: plain
resources:
  - name: key
    type: file
    target_path: /etc/key
    source: key.pem
    depends_on: [dir]
  - name: dir
    type: directory
    target_path: /etc
`,
  'configcrates/needy.vgo': `configcrate: needy
resources:
  - type: directory
    target_path: /x
    depends_on: [plain/dir]
`,
  'templates/motd.liquid': '{{ vars.greeting }} {% for n in vars.list %}{{ n }}{% endfor %} {{ traits.hostname }}',
  'files/key.pem': 'secret',
};

const resolver = (files: Record<string, string> = FILES) => openPolicy(tree(files), RESOURCE_TYPES);
const WEB = { hostname: 'web1.example.com', traits: { os: { family: 'debian' } } };

describe('the policy of an envoy', () => {
  it('has the configcrates of the first rule that matches, each behind what it depends on', () => {
    const { resources, environment, error } = resolver().resolve(WEB);
    expect(error).to.equal('');
    expect(environment).to.equal('');
    expect(resources.map(({ id }) => id)).to.deep.equal(['plain/dir', 'motd/motd', 'motd/run', 'plain/key']);
    const db = resolver().resolve({ hostname: 'db1.example.com', traits: {} });
    expect(db.resources.map(({ id }) => id)).to.deep.equal(['plain/dir', 'plain/key']);
    expect(db.environment).to.equal('production');
  });

  it('is rendered with vars, traits and the host name', () => {
    const { resources } = resolver().resolve(WEB);
    const spec = (id: string) => resources.find((resource) => resource.id === id)?.spec;
    expect(spec('motd/motd')).to.deep.equal({ target_path: '/etc/motd', content: 'hello 12 web1.example.com' });
    expect(spec('motd/run')).to.deep.equal({ command: 'echo debian', creates: '/tmp/web1.example.com' });
    expect(resources.find(({ id }) => id === 'motd/motd')?.notify).to.deep.equal(['motd/run']);
  });

  it('names files by digest, and gives their content to who knows it', () => {
    const policy = resolver();
    const { files, resources } = policy.resolve(WEB);
    const sha256 = createHash('sha256').update('secret').digest('hex');
    expect(files).to.deep.equal([{ sha256, size: 6 }]);
    expect(resources.at(-1)?.spec).to.deep.equal({ target_path: '/etc/key', content_sha256: sha256 });
    expect(String(policy.fileByDigest(sha256))).to.equal('secret');
    expect(policy.fileByDigest('0'.repeat(64))).to.equal(undefined);
  });

  it('is empty where no rule matches, and an error where it cannot be made', () => {
    expect(resolver().resolve({ hostname: 'elsewhere', traits: {} })).to.deep.include({ resources: [], error: '' });
    const unknown = resolver().resolve({ hostname: 'web1.example.com', traits: {} });
    expect(unknown.resources).to.deep.equal([]);
    expect(unknown.error).to.match(/^motd\/run: "command": undefined variable: traits\.os/);
    expect(resolver().resolve({ hostname: 'alone', traits: {} }).error).to.equal(
      'needy//x needs plain/dir, whose configcrate this envoy does not have',
    );
  });

  it('has the same fingerprint for envoys that get the same, and another for those that may not', () => {
    const policy = resolver();
    const print = (hostname: string, traits = {}) => policy.fingerprint({ hostname, traits });
    const os = (family: string) => ({ os: { family, uptime: 1 } });
    expect(print('db1.example.com', { a: 1 })).to.equal(print('db2.example.com', { a: 2 }));
    expect(print('web1.example.com', os('debian'))).not.to.equal(print('web1.example.com', os('suse')));
    expect(print('web1.example.com', { free: 1, ...os('x') })).to.equal(
      print('web1.example.com', { ...os('x'), free: 2 }),
    );
    expect(print('web1.example.com')).not.to.equal(print('web2.example.com'));
    expect(print('db1.example.com')).not.to.equal(print('elsewhere'));
  });

  it('cannot read other files, nor what an object inherits', () => {
    const stacks = (content: string) =>
      resolver({
        'envoys.vgo': 'envoys:\n  - match: "*"\n    configcrates: [a]\n',
        'configcrates/a.vgo': `configcrate: a\nresources:\n  - type: file\n    target_path: /a\n    content: ${JSON.stringify(content)}\n`,
      }).resolve({ hostname: 'h', traits: {} });
    expect(stacks('{% render "/etc/passwd" %}').error).to.include('a//a: "content"');
    expect(stacks('{{ traits.constructor }}').error).to.include('undefined variable');
    expect(stacks('{% for i in (1..100000000) %}x{% endfor %}').error).to.include('a//a: "content"');
  });

  it('is made of the examples for every sort of machine', async () => {
    const policy = openPolicy(await readStacksDir('examples/stacks'), RESOURCE_TYPES);
    const traits = { hostname: 'h', os: { id: 'debian' } };
    for (const hostname of ['web1.dc1.example.com', 'lb1.example.com']) {
      const { error, resources } = policy.resolve({ hostname, traits });
      expect(error).to.equal('');
      expect(resources.length).to.be.greaterThan(5);
    }
  });

  it('is refused from a tree that is not right', async () => {
    expect(await codeOf(Promise.resolve().then(() => resolver({ 'envoys.vgo': 'x' })))).to.equal('STACKS_INVALID');
  });
});

describe('an order of resources', () => {
  it('has everything behind what it depends on, and each once', () => {
    const graph = fc
      .integer({ min: 1, max: 30 })
      .chain((size) =>
        fc.tuple(...Array.from({ length: size }, (_, i) => fc.subarray(Array.from({ length: i }, (_, j) => `r${j}`)))),
      );
    fc.assert(
      fc.property(graph, fc.integer(), (edges, seed) => {
        const resources = edges.map((dependsOn, i) => ({ id: `r${i}`, dependsOn }));
        const shuffled = resources.toSorted((a, b) => ((a.id.length * seed) % 7) - ((b.id.length * seed) % 5));
        const { ordered } = orderResources(shuffled);
        expect(ordered.map(({ id }) => id).toSorted()).to.deep.equal(resources.map(({ id }) => id).toSorted());
        const place = new Map(ordered.map(({ id }, i) => [id, i]));
        for (const { id, dependsOn } of ordered) {
          for (const needed of dependsOn) expect(place.get(needed)).to.be.lessThan(place.get(id) as number);
        }
      }),
    );
  });

  it('is as written where nothing depends', () => {
    const plain = ['c', 'a', 'b'].map((id) => ({ id, dependsOn: [] }));
    expect(orderResources(plain).ordered).to.deep.equal(plain);
  });
});
