/** What happens to a fleet is told to who wants to know, also if the hub dies before it could. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import type { NotificationJson, NotificationsJson } from '../../src/cli/json/notification.ts';
import { useFleetProcesses } from '../support/fleet-processes.ts';
import { errorOf } from '../support/processes.ts';
import { waitFor } from '../support/wait-for.ts';
import { startWebhookReceiver, type WebhookReceiver } from '../support/webhook-receiver.ts';

const SECRET = `whsec_${Buffer.alloc(24, 1).toString('base64')}`;

describe('somebody who is told what happens to the fleet', function () {
  this.timeout(60_000);
  let receiver: WebhookReceiver;
  const fleet = useFleetProcesses({
    spokes: ['dc1', 'dc2'],
    async hubSettings(dir) {
      receiver ??= await startWebhookReceiver({ secret: SECRET });
      await writeFile(join(dir, 'told-secret'), SECRET);
      return `notifications: [ { url: "${receiver.url}", secret_file: ${dir}/told-secret } ]\n`;
    },
  });
  after(() => receiver?.close());

  const waiting = async () => (await fleet.json<NotificationsJson>(['notifications', 'list'])).notifications;

  it('hears of a spoke that died after the hub was killed, before of its return', async () => {
    // While they joined, the spokes were away for a moment, too.
    await waitFor('the start is told', async () => (await waiting()).length === 0);
    const before = receiver.told.length;
    const told = () => receiver.told.slice(before).map(({ id, type, data }) => ({ id, what: `${type} ${data.spoke}` }));
    receiver.answer = (response) => void response.writeHead(503).end();
    await fleet.kill9('dc1');
    const id = await waitFor('it is told in vain', () => told()[0]?.id);
    await waitFor('the failure is written', async () => (await waiting())[0]?.lastError);
    await fleet.kill9('hub');
    await fleet.restart('hub');
    const [row] = await waiting();
    expect(row).to.include({ id, type: 'spoke.offline', spoke: 'dc1', state: 'pending', endpoint: receiver.url });
    await fleet.restart('dc1');
    await fleet.waitForHealth('dc1', 'healthy');
    await waitFor('both wait', async () => (await waiting()).length === 2);
    // Before the endpoint takes anything: what it has taken cannot be tried again.
    const retried = await fleet.json<NotificationJson>(['notifications', 'retry', id]);
    expect(retried).to.include({ id, state: 'pending', tries: 0 });
    receiver.answer = (response) => void response.writeHead(204).end();
    await waitFor('all is told', async () => (await waiting()).length === 0);
    const all = told();
    expect(all.pop()?.what).to.equal('spoke.recovered dc1');
    for (const event of all) expect(event).to.deep.equal({ id, what: 'spoke.offline dc1' });
    expect(receiver.forged).to.equal(0);
  });

  it('hears of moves', async () => {
    await fleet.enroll('web1.dc1.example.com');
    await fleet.json(['spanner', 'drain', '--spoke', 'dc1', '--to', 'dc2', '--yes', '--wait']);
    const event = await waitFor('it is told', () => receiver.told.find(({ type }) => type === 'move.finished'));
    expect(event.data).to.include({ state: 'done', reason: 'drain', moved: 1 });
  });

  it('is listed for people, and an unknown id is an error', async () => {
    await waitFor(
      'nothing waits',
      async () => (await fleet.cli(['notifications', 'list'])).stdout === 'nothing waits\n',
    );
    const unknown = await fleet.cli(['notifications', 'retry', 'msg_nobody', '--json']);
    expect(errorOf(unknown)).to.include({ code: 'NOTIFICATION_NOT_FOUND', exit: 1 });
  });
});
