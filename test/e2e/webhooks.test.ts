/** A push to a repository is on every spoke a moment later, also if the hub is killed in between. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import type { AuditJson } from '../../src/cli/json/audit.ts';
import type { ConfigStatusJson } from '../../src/cli/json/config.ts';
import { githubDelivery } from '../support/deliveries.ts';
import { useFleetProcesses } from '../support/fleet-processes.ts';
import { createGitRepository, type GitRepository } from '../support/git-repository.ts';
import { sendHttps } from '../support/http-client.ts';
import { waitFor } from '../support/wait-for.ts';

const SECRET = 'a secret of the repository';

describe('a push to the repository with the stacks', function () {
  this.timeout(60_000);
  let repository: GitRepository;
  const fleet = useFleetProcesses({
    spokes: ['dc1', 'dc2'],
    async hubSettings(dir) {
      repository = await createGitRepository();
      await writeFile(join(dir, 'hook-secret'), `${SECRET}\n`);
      // An ssh that does not answer in time: a run that lasts until somebody ends it.
      await writeFile(join(dir, 'ssh'), '#!/bin/sh\nexec sleep 20\n', { mode: 0o755 });
      const entry = (name: string, from: string) =>
        `  - { name: ${name}, provider: github, secret_file: ${dir}/hook-secret, repository: "${from}" }\n`;
      return `webhooks:\n${entry('stacks', repository.dir)}${entry('hangs', 'git@git.example.com:fleet.git')}`;
    },
  });
  after(() => repository?.remove());

  const commit = (text: string) => repository.commit({ 'stacks/envoys.vgo': `envoys: [] # ${text}\n` }, text);
  const deliver = async (after: string, name = 'stacks') => {
    const caPem = await readFile(join(fleet.hub.dataDir, 'tls/ca.pem'), 'utf8');
    return sendHttps(`${fleet.apiUrl}/webhooks/${name}`, caPem, githubDelivery({ secret: SECRET, after }));
  };
  const live = (server: string) => readFile(join(fleet.dir, server, '.live/envoys.vgo'), 'utf8');
  const onEverySpoke = (text: string) =>
    waitFor(`both spokes serve "${text}"`, async () => {
      for (const server of ['hub', 'dc1', 'dc2']) expect(await live(server)).to.include(text);
      return true;
    });

  it('is published on every spoke, under the webhook’s own name', async () => {
    const head = await commit('the first');
    const answer = await deliver(head);
    expect(answer.status, answer.text).to.equal(202);
    await onEverySpoke('the first');
    await waitFor('the hub knows it', async () => {
      const { current, spokes } = await fleet.json<ConfigStatusJson>(['config', 'status']);
      expect(current).to.include({ actor: 'webhook:stacks', message: `the first (${head.slice(0, 7)})` });
      return spokes.every(({ behind }) => !behind);
    });
    const { entries } = await fleet.json<AuditJson>(['audit', 'list', '--actor', 'webhook:stacks']);
    expect(entries.map(({ action, result }) => `${action} ${result}`)).to.deep.equal([
      'config.publish ok',
      'webhook.received ok',
    ]);
  });

  it('changes nothing if somebody else says that there was one', async () => {
    const caPem = await readFile(join(fleet.hub.dataDir, 'tls/ca.pem'), 'utf8');
    const forged = githubDelivery({ secret: 'guessed', after: await commit('forged') });
    expect((await sendHttps(`${fleet.apiUrl}/webhooks/stacks`, caPem, forged)).status).to.equal(401);
    const { current } = await fleet.json<ConfigStatusJson>(['config', 'status']);
    expect(current?.message).to.match(/^the first/);
  });

  it('is published after all, if the hub was killed when it had just accepted it', async () => {
    await fleet.stopServer('hub');
    const env = { GIT_SSH: join(fleet.dir, 'ssh') };
    const child = await fleet.restart('hub', env);
    const head = await commit('the second');
    expect((await deliver(head, 'hangs')).status).to.equal(202);
    expect((await deliver(head)).status).to.equal(202);
    await fleet.kill9('hub');
    expect(child.running).to.equal(false);
    await fleet.restart('hub', env);
    await onEverySpoke('the second');
    const { entries } = await fleet.json<AuditJson>(['audit', 'list', '--actor', 'webhook:hangs']);
    expect(entries.map(({ result }) => result)).to.include('UNKNOWN');
  });

  it('does not keep the hub from stopping while it is fetched', async () => {
    await fleet.stopServer('hub');
    await fleet.restart('hub');
  });
});
