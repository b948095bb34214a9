/** Notifications from a server that listens, to endpoints that do: real HTTP and TLS, signed and checked by the same package. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { NotificationState } from '../../src/gen/vigo/v1/notifications_pb.js';
import { type ApiServer, startApiServer } from '../support/api-server.ts';
import { publish, treeOf } from '../support/published.ts';
import { codeOf } from '../support/rpc-failure.ts';
import { createTestPki } from '../support/test-pki.ts';
import { waitFor } from '../support/wait-for.ts';
import { startWebhookReceiver, type WebhookReceiver } from '../support/webhook-receiver.ts';

const SECRET = `whsec_${Buffer.alloc(32, 9).toString('base64')}`;

describe('notifications', function () {
  this.timeout(30_000);
  let dir: string;
  let plain: WebhookReceiver;
  let encrypted: WebhookReceiver;
  let server: ApiServer;
  let published = 0;

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'vigo-told-'));
    const pki = await createTestPki();
    const tls = await pki.hub({ ipAddresses: ['127.0.0.1'] });
    await writeFile(join(dir, 'secret'), `${SECRET}\n`);
    await writeFile(join(dir, 'ca.pem'), pki.caPem);
    plain = await startWebhookReceiver({ secret: SECRET });
    encrypted = await startWebhookReceiver({ secret: SECRET, tls });
    const common = `secret_file: ${dir}/secret, events: [config.published]`;
    server = await startApiServer({
      yaml: `notifications:
  - { url: "${plain.url}", ${common} }
  - { url: "${encrypted.url}", ${common}, ca_file: ${dir}/ca.pem }
  - { url: "${encrypted.url}?without=ca", ${common} }
`,
    });
  });
  afterEach(() => {
    plain.answer = (response) => void response.writeHead(204).end();
  });
  after(async () => {
    await server?.close();
    await Promise.all([plain?.close(), encrypted?.close()]);
    await rm(dir, { recursive: true, force: true });
  });

  const happen = async () => (await publish(server.admin(), treeOf(`event ${++published}`))).version?.version;
  /** What has still to be told to `url`. */
  const waiting = async (url = plain.url) => {
    const { notifications } = await server.admin().listNotifications({});
    return notifications.filter(({ endpoint }) => endpoint === url);
  };
  const lastError = (pattern: RegExp, url?: string) =>
    waitFor(`an error like ${pattern}`, async () => {
      const [newest] = await waiting(url);
      expect(newest?.lastError).to.match(pattern);
      return newest;
    });
  const metrics = async () => (await fetch(`http://${server.addresses.metrics}/metrics`)).text();

  it('are told over HTTP and TLS, each once, with a signature that fits', async () => {
    const version = await happen();
    for (const receiver of [plain, encrypted]) {
      await waitFor('it is told', () => receiver.told.length === 1);
      const [event] = receiver.told;
      expect(event?.type).to.equal('config.published');
      expect(event?.data).to.include({ version, number: 1, rollback: false });
      expect(event?.id).to.match(/^msg_[0-9a-f-]{36}$/);
      expect(receiver.forged).to.equal(0);
    }
    await waitFor('nothing waits', async () => (await waiting()).length === 0);
  });

  it('are not told to somebody whose certificate comes from elsewhere', async () => {
    await lastError(/certificate/, `${encrypted.url}?without=ca`);
    expect(encrypted.told).to.have.length(1);
  });

  it('are tried again under the same id until they are taken', async () => {
    plain.answer = (response) => void response.writeHead(503).end('busy');
    const before = plain.told.length;
    await happen();
    const row = await lastError(/answered with 503$/);
    expect(row).to.include({ state: NotificationState.PENDING, type: 'config.published', tries: 1 });
    plain.answer = (response) => void response.writeHead(200).end();
    server.clock.move(6_000);
    await waitFor('it is taken', async () => (await waiting()).length === 0);
    expect(new Set(plain.told.slice(before).map(({ id }) => id))).to.deep.equal(new Set([row.id]));
    expect(plain.told.slice(before)).to.have.length(2);
  });

  it('follow no redirect', async () => {
    plain.answer = (response) => void response.writeHead(307, { location: encrypted.url }).end();
    const before = encrypted.told.length;
    await happen();
    await lastError(/answered with 307, and redirects are not followed/);
    await waitFor('the others are told', () => encrypted.told.length === before + 1);
    plain.answer = (response) => void response.writeHead(204).end();
    await takeAll();
  });

  it('do not wait for an answer for ever, and read no more of it than is needed', async () => {
    plain.answer = () => undefined;
    const before = plain.told.length;
    await happen();
    await waitFor('it is asked', () => plain.told.length === before + 1);
    server.clock.move(10_000);
    await lastError(/no answer within 10 s/);
    let ended = false;
    plain.answer = (response) => {
      response.on('close', () => {
        ended = true;
      });
      response.writeHead(200).write(Buffer.alloc(4 * 1024 * 1024));
    };
    await takeAll();
    await waitFor('it was hung up on', () => ended);
  });

  it('that were given up are shown and counted, and told when somebody asks for it', async () => {
    plain.answer = (response) => void response.writeHead(500).end();
    await happen();
    await waitFor('it is given up', async () => {
      server.clock.move(5 * 3_600_000);
      const { notifications } = await server.admin().listNotifications({ state: NotificationState.DEAD });
      return notifications.some(({ endpoint }) => endpoint === plain.url);
    });
    const [dead] = await waiting();
    expect(dead).to.include({ state: NotificationState.DEAD, lastError: 'the endpoint answered with 500' });
    expect(dead?.nextTryAt).to.equal(undefined);
    expect(await metrics()).to.match(/^vigo_notifications\{state="dead"\} [1-9]/m);
    expect(await metrics()).to.match(/^vigo_notification_tries_total\{outcome="failed"\} \d\d/m);
    plain.answer = (response) => void response.writeHead(204).end();
    const { notification } = await server.admin().retryNotification({ id: dead!.id });
    expect(notification).to.include({ id: dead!.id, state: NotificationState.PENDING, tries: 0 });
    await waitFor('it is told', () => plain.told.at(-1)?.id === dead?.id);
    await waitFor('it is gone', async () => (await waiting()).length === 0);
    expect(await codeOf(server.admin().retryNotification({ id: dead!.id }))).to.equal('NOTIFICATION_NOT_FOUND');
    const { entries } = await server.admin().listAudit({ action: 'notification.retry' });
    expect(entries.map(({ subject, result }) => [subject, result])).to.deep.equal([
      [dead!.id, 'NOTIFICATION_NOT_FOUND'],
      [dead!.id, 'ok'],
    ]);
  });

  it('are listed in pieces, newest first', async () => {
    const url = `${encrypted.url}?without=ca`;
    const { notifications, more } = await server.admin().listNotifications({ limit: 2 });
    expect([notifications.length, more]).to.deep.equal([2, true]);
    const next = await server.admin().listNotifications({ limit: 1_000, before: notifications[1]!.seq });
    expect(next.more).to.equal(false);
    const seqs = [...notifications, ...next.notifications].map(({ seq }) => seq);
    expect(seqs).to.deep.equal(seqs.toSorted((a, b) => b - a));
    expect(seqs).to.have.length((await waiting(url)).length);
    expect(await codeOf(server.admin().listNotifications({ state: 7 as NotificationState }))).to.equal(
      'INVALID_ARGUMENT',
    );
  });

  /** Moves time on until nothing waits for the plain endpoint. */
  async function takeAll(): Promise<void> {
    await waitFor('all is taken', async () => {
      server.clock.move(60_000);
      return (await waiting()).length === 0;
    });
  }
});

describe('an endpoint that fails five times', function () {
  this.timeout(30_000);

  it('is told everything at least once, and in order', async () => {
    const receiver = await startWebhookReceiver({ secret: SECRET, anyTime: true });
    const dir = await mkdtemp(join(tmpdir(), 'vigo-told-'));
    await writeFile(join(dir, 'secret'), SECRET);
    const server = await startApiServer({
      yaml: `notifications: [ { url: "${receiver.url}", secret_file: ${dir}/secret, events: [config.published] } ]\n`,
    });
    const waiting = async () => (await server.admin().listNotifications({})).notifications;
    try {
      let failures = 5;
      receiver.answer = (response) => void response.writeHead(failures-- > 0 ? 500 : 204).end();
      const versions: unknown[] = [];
      for (const text of ['one', 'two', 'three']) {
        versions.push((await publish(server.admin(), treeOf(text))).version?.version);
      }
      for (let tries = 1; tries <= 5; tries++) {
        await waitFor(`try ${tries} has failed`, async () => (await waiting()).some((row) => row.tries === tries));
        // Longer than the pause after any of the five.
        server.clock.move(3_600_000);
      }
      await waitFor('all are taken', async () => (await waiting()).length === 0);
      const told = receiver.told.map(({ data }) => data.version);
      expect(told).to.deep.equal([...Array<unknown>(5).fill(versions[0]), ...versions]);
      expect(receiver.forged).to.equal(0);
    } finally {
      await server.close();
      await receiver.close();
      await rm(dir, { recursive: true, force: true });
    }
  });
});
