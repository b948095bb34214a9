/** What a server that listens makes of deliveries, good and bad: real TLS, real repositories, the system's own git. */
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { connect as connectHttp2 } from 'node:http2';
import { request as httpsRequest } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { AuditEntry } from '../../src/gen/vigo/v1/admin_pb.js';
import { type ApiServer, startApiServer } from '../support/api-server.ts';
import {
  type Delivery,
  giteaDelivery,
  githubDelivery,
  gitlabDelivery,
  gitlabSignedDelivery,
} from '../support/deliveries.ts';
import { type GitHttpServer, serveGit } from '../support/git-http-server.ts';
import { createGitRepository, type GitRepository } from '../support/git-repository.ts';
import { waitFor } from '../support/wait-for.ts';

const SECRET = 'correct horse battery staple';
const SIGNING = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const rules = (text: string) => ({ 'stacks/envoys.vgo': `envoys: [] # ${text}\n` });

describe('webhooks', function () {
  this.timeout(30_000);
  let dir: string;
  let repository: GitRepository;
  let server: ApiServer;
  let head: string;

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'vigo-hooks-'));
    await writeFile(join(dir, 'secret'), `${SECRET}\n`);
    await writeFile(join(dir, 'signing'), SIGNING);
    repository = await createGitRepository();
    head = await repository.commit({ ...rules('first'), 'README.md': 'not published\n' }, 'first tree');
    const entry = (name: string, provider: string, more: string) =>
      `  - { name: ${name}, provider: ${provider}, secret_file: ${dir}/${more} }\n`;
    const from = `repository: "${repository.dir}"`;
    server = await startApiServer({
      yaml: [
        'webhooks:\n',
        entry('hub', 'github', `secret, ${from}`),
        entry('tea', 'gitea', `secret, repository: "file://${repository.dir}"`),
        entry('lab', 'gitlab', `secret, ${from}, branch: main`),
        entry('signed', 'gitlab', `signing, ${from}`),
        entry('gone', 'github', `secret, repository: ${dir}/gone`),
        entry('linked', 'github', `secret, ${from}, path: way/out`),
        entry('absent', 'github', `secret, ${from}, path: elsewhere`),
        entry('any', 'github', 'secret'),
        entry('anylab', 'gitlab', 'signing'),
        entry('release', 'github', `secret, ${from}, branch: release`),
      ].join(''),
    });
  });
  after(async () => {
    await server?.close();
    await repository?.remove();
    await rm(dir, { recursive: true, force: true });
  });

  const deliver = (name: string, delivery: Delivery) => server.http(`/webhooks/${name}`, delivery);
  const entries = async (action: string): Promise<AuditEntry[]> => (await server.admin().listAudit({ action })).entries;
  const allEntries = async () => [...(await entries('webhook')), ...(await entries('config'))];
  const published = async () => (await server.admin().listConfigHistory({})).versions;
  /** The next entry about a publish by `name`, when a delivery has been accepted. */
  const outcomeOf = async (name: string, delivery: Delivery): Promise<AuditEntry> => {
    const before = await lastOutcome();
    const answer = await deliver(name, delivery);
    expect(answer.status, answer.text).to.equal(202);
    return outcomeSince(before, name);
  };
  const lastOutcome = async () => (await entries('config.publish'))[0]?.seq ?? 0;
  const outcomeSince = (before: number, name: string): Promise<AuditEntry> =>
    waitFor('the run has ended', async () =>
      (await entries('config.publish')).find(({ seq, actor }) => seq > before && actor === `webhook:${name}`),
    );
  const push = (more: object = {}) => ({ secret: SECRET, after: head, ...more });

  describe('of each provider', () => {
    const deliveries: [string, () => Delivery][] = [
      ['hub', () => githubDelivery(push())],
      ['tea', () => giteaDelivery(push())],
      ['lab', () => gitlabDelivery(push())],
      ['signed', () => gitlabSignedDelivery({ ...push(), secret: SIGNING, at: server.clock.now() })],
    ];
    for (const [name, delivery] of deliveries) {
      it(`publish what was pushed: ${name}`, async () => {
        head = await repository.commit(rules(`by ${name}`), `Change for ${name}\n\nand why`);
        const outcome = await outcomeOf(name, delivery());
        expect(outcome).to.include({ actor: `webhook:${name}`, result: 'ok', origin: 'webhook' });
        const [newest] = await published();
        expect(newest).to.include({
          version: outcome.subject,
          actor: `webhook:${name}`,
          message: `Change for ${name} (${head.slice(0, 7)})`,
        });
        const [received] = await entries('webhook.received');
        expect(received).to.include({ actor: `webhook:${name}`, subject: name, origin: '127.0.0.1 (webhook)' });
        expect(received?.detail).to.match(new RegExp(`^push to main, ${head.slice(0, 12)}, delivery \\S+$`));
        expect(await readdir(join(server.dataDir, 'webhooks'))).to.deep.equal([]);
      });
    }
  });

  describe('that name the repository themselves', () => {
    let git: GitHttpServer;
    before(async () => {
      git = await serveGit(repository.dir);
    });
    after(() => git?.close());

    it('publish what they name where server.yaml names nothing', async () => {
      for (const name of ['any', 'anylab']) {
        head = await repository.commit(rules(`named for ${name}`), `Named for ${name}`);
        const wish = push({ cloneUrl: git.url });
        const delivery =
          name === 'any'
            ? githubDelivery(wish)
            : gitlabSignedDelivery({ ...wish, secret: SIGNING, at: server.clock.now() });
        const outcome = await outcomeOf(name, delivery);
        expect(outcome, outcome.detail).to.include({ result: 'ok' });
        expect(outcome.detail).to.contain(`from ${git.url}`);
      }
    });

    it('do not change what server.yaml names', async () => {
      head = await repository.commit(rules('as configured'), 'As configured');
      const outcome = await outcomeOf('hub', githubDelivery(push({ cloneUrl: 'https://elsewhere.example.com/x.git' })));
      expect(outcome.detail).to.contain(`from ${repository.dir}`);
      expect(outcome.result).to.equal('ok');
    });

    for (const cloneUrl of [
      undefined,
      'git@git.example.com:a/b.git',
      '/srv/git/fleet',
      'file:///srv/git/fleet',
      'http://git.example.com/a.git',
      'https://user:secret@git.example.com/a.git',
      'ext::sh -c id',
      '--upload-pack=id',
    ]) {
      it(`are refused with ${cloneUrl ?? 'none'}`, async () => {
        const answer = await deliver('any', githubDelivery(push(cloneUrl === undefined ? {} : { cloneUrl })));
        expect(answer.status, answer.text).to.equal(400);
        expect(answer.text).to.contain('name it in server.yaml');
      });
    }
  });

  it('read the branch that is configured, and no other', async () => {
    const other = await deliver('release', githubDelivery(push()));
    expect([other.status, other.headers['vigo-ignored']]).to.deep.equal([204, 'another branch']);
    await repository.git('switch', '--quiet', '--create', 'release');
    const commit = await repository.commit(rules('released'), 'Release 1');
    await repository.git('switch', '--quiet', 'main');
    const outcome = await outcomeOf('release', githubDelivery(push({ after: commit, ref: 'refs/heads/release' })));
    expect(outcome.result).to.equal('ok');
    expect((await published())[0]?.message).to.equal(`Release 1 (${commit.slice(0, 7)})`);
  });

  describe('that somebody else sends', () => {
    const refusals: [string, () => Delivery, string, string][] = [
      ['a wrong signature', () => githubDelivery(push({ secret: 'guessed' })), 'hub', 'does not fit the body'],
      ['a changed body', () => ({ ...githubDelivery(push()), body: '{}' }), 'hub', 'does not fit the body'],
      ['no signature', () => without(githubDelivery(push()), 'x-hub-signature-256'), 'hub', 'no header'],
      ['a signature of nothing', () => within(githubDelivery(push()), 'x-hub-signature-256', 'sha256='), 'hub', 'fit'],
      ['another provider’s form', () => githubDelivery(push()), 'tea', 'no header x-gitea-signature'],
      ['a wrong token', () => gitlabDelivery(push({ secret: 'guessed' })), 'lab', 'is not the secret'],
      ['no token', () => without(gitlabDelivery(push()), 'x-gitlab-token'), 'lab', 'no header X-Gitlab-Token'],
      ['a token where a signature is due', () => gitlabDelivery(push({ secret: SIGNING })), 'signed', 'not signed'],
    ];
    for (const [what, delivery, name, reason] of refusals) {
      it(`are refused, and told why: ${what}`, async () => {
        const before = await allEntries();
        const answer = await deliver(name, delivery());
        expect(answer.status).to.equal(401);
        const { error } = JSON.parse(answer.text) as { error: { code: string; message: string } };
        expect(error.code).to.equal('UNAUTHENTICATED');
        expect(error.message).to.include(reason);
        expect(await allEntries()).to.deep.equal(before);
      });
    }

    it('are refused when they were signed long ago, or for another delivery', async () => {
      const at = server.clock.now() - 301_000;
      const late = await deliver('signed', gitlabSignedDelivery({ ...push(), secret: SIGNING, at }));
      expect([late.status, late.text]).to.satisfy(
        ([status, text]: [number, string]) => status === 401 && /off/.test(text),
      );
      const good = gitlabSignedDelivery({ ...push(), secret: SIGNING, at: server.clock.now() });
      expect((await deliver('signed', within(good, 'webhook-id', 'another'))).status).to.equal(401);
    });
  });

  it('do nothing when they come a second time, by their id or under another one', async () => {
    const delivery = githubDelivery(push({ id: 'first-of-two' }));
    await outcomeOf('hub', delivery);
    const before = await allEntries();
    const renamed = within(delivery, 'x-github-delivery', 'renamed');
    for (const replay of [delivery, renamed, githubDelivery(push({ id: 'first-of-two' }))]) {
      const answer = await deliver('hub', replay);
      expect(answer.status).to.equal(200);
      expect(JSON.parse(answer.text)).to.include({ status: 'duplicate' });
    }
    await server.restart();
    expect((await deliver('hub', delivery)).status).to.equal(200);
    expect(await allEntries()).to.deep.equal(before);
  });

  it('pass over what is no push to a branch, and say so', async () => {
    const wishes: [object, string][] = [
      [{ event: 'ping', body: '{"zen":"…"}' }, 'not a push event'],
      [{ ref: 'refs/tags/v1' }, 'not a branch'],
      [{ after: '0'.repeat(40) }, 'the branch is gone'],
      [{ ref: 'refs/heads/topic' }, 'another branch'],
    ];
    const before = await allEntries();
    for (const [wish, reason] of wishes) {
      const answer = await deliver('hub', githubDelivery(push(wish)));
      expect([answer.status, answer.headers['vigo-ignored'], answer.text]).to.deep.equal([204, reason, '']);
    }
    expect(await allEntries()).to.deep.equal(before);
  });

  it('refuse what makes no sense, although it is signed', async () => {
    for (const body of ['payload=%7B%7D', '[]', 'null', '{"ref":"refs/heads/main","after":"--upload-pack=x"}']) {
      const answer = await deliver('hub', githubDelivery(push({ body })));
      expect([answer.status, answer.text.includes('INVALID_ARGUMENT')], body).to.deep.equal([400, true]);
    }
    const nameless = await deliver('hub', without(githubDelivery(push()), 'x-github-delivery'));
    expect([nameless.status, nameless.text.includes('no id')]).to.deep.equal([400, true]);
    const get = await server.http('/webhooks/hub');
    expect([get.status, get.headers.allow]).to.deep.equal([405, 'POST']);
    for (const name of ['nobody', '', 'hub/more', '..%2fhub'])
      expect((await deliver(name, githubDelivery(push()))).status, name).to.equal(404);
  });

  it('refuse a body that is too large, announced or not', async () => {
    const large = githubDelivery(push({ body: `"${'x'.repeat(1024 * 1024)}"` }));
    const announced = await deliver('hub', large);
    expect([announced.status, announced.text.includes('MESSAGE_TOO_LARGE')]).to.deep.equal([413, true]);
    const chunked = { ...large, headers: { ...large.headers, 'transfer-encoding': 'chunked' } };
    expect((await deliver('hub', chunked)).status).to.equal(413);
  });

  it('are the same over HTTP/2', async () => {
    const session = connectHttp2(server.origin, { ca: server.caPem });
    const send = ({ headers, body }: Delivery, length = body.length) =>
      new Promise<number>((resolve, reject) => {
        const stream = session.request({ ':method': 'POST', ':path': '/webhooks/hub', ...headers });
        stream.on('response', (answer) => resolve(Number(answer[':status']))).on('error', reject);
        stream.resume().write(body.slice(0, length));
        if (length === body.length) stream.end();
      });
    try {
      const good = githubDelivery(push());
      const before = await lastOutcome();
      expect(await send(good)).to.equal(202);
      await outcomeSince(before, 'hub');
      expect(await send(good)).to.equal(200);
      expect(await send(githubDelivery(push({ secret: 'guessed' })))).to.equal(401);
      expect(await send(githubDelivery(push({ body: `"${'x'.repeat(1024 * 1024)}"` })))).to.equal(413);
      let answered: number | undefined;
      void send(githubDelivery(push()), 5).then((status) => {
        answered = status;
      });
      await waitFor('an answer', () => {
        server.clock.move(10_000);
        return answered;
      });
      expect(answered).to.equal(408);
    } finally {
      session.destroy();
    }
  });

  it('do not wait for a body that does not come', async () => {
    const { headers } = githubDelivery(push());
    const url = `${server.origin}/webhooks/hub`;
    const more = { ...headers, 'content-length': '100' };
    const request = httpsRequest(url, { method: 'POST', headers: more, ca: server.caPem, agent: false });
    const answered: number[] = [];
    const closed = new Promise((resolve) => request.on('close', resolve));
    request.on('response', (response) => answered.push(response.resume().statusCode ?? 0)).on('error', () => undefined);
    request.write('{');
    await waitFor('an answer', () => {
      server.clock.move(10_000);
      return answered.length > 0;
    });
    expect(answered).to.deep.equal([408]);
    await closed;
  });

  it('say in the audit log why nothing was published, and may be delivered again then', async () => {
    const cases: [string, string, RegExp][] = [
      ['gone', 'GIT_FAILED', /gone/],
      ['absent', 'CONFIG_NOT_FOUND', /no directory "elsewhere"/],
    ];
    for (const [name, result, detail] of cases) {
      const delivery = githubDelivery(push());
      const first = await outcomeOf(name, delivery);
      expect(first.result).to.equal(result);
      expect(first.detail).to.match(detail);
      expect((await outcomeOf(name, delivery)).result).to.equal(result);
    }
    head = await repository.commit({ 'stacks/roles/base.vgo': 'role: base\nconfigcrates: [nope]\n' });
    const invalid = await outcomeOf('hub', githubDelivery(push()));
    expect(invalid.result).to.equal('STACKS_INVALID');
    expect(invalid.detail).to.include('roles/base.vgo:2:16: there is no configcrate "nope"');
    await repository.git('rm', '--quiet', 'stacks/roles/base.vgo');
    head = await repository.commit(rules('mended'));
    expect((await outcomeOf('hub', githubDelivery(push()))).result).to.equal('ok');
  });

  it('follow no link out of the repository', async () => {
    head = await repository.link('way', '/');
    await rm(join(dir, 'out'), { force: true });
    const beyond = await outcomeOf('linked', githubDelivery(push()));
    expect(beyond.result).to.be.oneOf(['STACKS_INVALID', 'CONFIG_NOT_FOUND']);
    head = await repository.link('stacks/secret', '/etc/hostname');
    const inside = await outcomeOf('hub', githubDelivery(push()));
    expect(inside.result).to.equal('STACKS_INVALID');
    expect(inside.detail).to.include('stacks/secret: it is a link');
    expect(inside.detail).not.to.include(server.dataDir);
    await repository.git('rm', '--quiet', 'stacks/secret', 'way');
    head = await repository.commit(rules('without links'));
  });

  describe('in great numbers', () => {
    it('are slowed down', async () => {
      // All at once: however slow the machine is, the bucket does not fill again in between.
      const answers = await Promise.all(Array.from({ length: 90 }, () => deliver('nobody', githubDelivery(push()))));
      expect([...new Set(answers.map(({ status }) => status))].sort()).to.deep.equal([404, 429]);
      const refused = answers.filter(({ status }) => status === 429);
      expect(refused.length).to.be.at.least(10);
      expect(refused.every(({ headers }) => Number(headers['retry-after']) > 0)).to.equal(true);
    });
  });
});

const without = (delivery: Delivery, header: string): Delivery => {
  const { [header]: _gone, ...headers } = delivery.headers;
  return { ...delivery, headers };
};

const within = (delivery: Delivery, header: string, value: string): Delivery => ({
  ...delivery,
  headers: { ...delivery.headers, [header]: value },
});
