/**
 * docs/operations.md, followed to the letter: every block of it is typed on the machine that it names, in the order in which a fleet
 * would come to need them, and what has come of it is looked at. What the page cannot say in a block is done by `inBetween` in
 * test/support/operations/fleet.ts.
 */
import { access, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect } from 'chai';
import { configStatusJson } from '../../src/cli/json/config.ts';
import { pkiJson } from '../../src/cli/json/pki.ts';
import { present } from '../../src/cli/present.ts';
import { HUB, NEW_HUB, type OperatedFleet, SPOKES, startFleet } from '../support/operations/fleet.ts';
import { unknownCommands } from '../support/operations/known-commands.ts';
import { type Block, type Page, readPage } from '../support/operations/page.ts';
import { useProcesses } from '../support/processes.ts';
import { waitFor } from '../support/wait-for.ts';

const [STAYS, GOES, REVOKED, NEW, OTHER, EDGE, LATE, LAST] = [
  ...['stays.dc1', 'goes.dc1', 'revoked.dc1', 'new.dc1'],
  ...['other.dc2', 'edge.dc3', 'late.dc3', 'last.dc1'],
].map((name) => `${name}.example.com`) as [string, string, string, string, string, string, string, string];
const [SPOKE] = SPOKES;

describe('docs/operations.md', function () {
  this.timeout(120_000);
  const processes = useProcesses();
  let page: Page;
  let fleet: OperatedFleet;
  const ran = new Set<Block>();

  const follow = async (procedure: string, part = ''): Promise<void> => {
    const blocks = page.blocks.filter((block) => block.procedure === procedure && block.part === part);
    expect(blocks, `blocks of ${procedure} ${part}`).to.not.deep.equal([]);
    for (const block of blocks) {
      await fleet.run(block);
      ran.add(block);
    }
  };
  const at = (name: string, path: string) => fleet.machines.named(name).path(path);
  const processOf = (name: string, unit: string) => fleet.units.process(fleet.machines.named(name), unit);
  const systemctl = (name: string, ...args: string[]) => fleet.units.systemctl(fleet.machines.named(name), args);
  const backups = async () => (await readdir(at(HUB, '/mnt/backup'))).filter((name) => name.endsWith('.enc'));
  const isThere = (path: string) =>
    access(path).then(
      () => true,
      () => false,
    );
  const order = (...args: string[]) => fleet.json(fleet.machines.named(HUB), args);
  const reassign = (hostname: string, to: string) =>
    order('spanner', 'reassign', '--hostname', hostname, '--to', to, '--yes');
  const publish = (message: string) => order('config', 'publish', '--stacks', at(HUB, '/root/stacks'), '-m', message);
  const isPublished = (message: string) =>
    fleet.eyes.ask((admin) =>
      waitFor(`"${message}" is served everywhere`, async () => {
        const { current, spokes } = configStatusJson(await admin.getConfigStatus({}));
        return current?.message === message && spokes.every(({ behind }) => !behind);
      }),
    );
  const pki = async () => pkiJson(present((await fleet.eyes.ask((admin) => admin.getPki({}))).pki, 'its certificates'));

  before(async function () {
    this.timeout(120_000);
    page = await readPage();
    fleet = await startFleet(processes, [STAYS, GOES, REVOKED, NEW, OTHER, EDGE, LATE, LAST]);
    await order('users', 'create', 'ada', '--role', 'viewer');
    await publish('first');
    await Promise.all([STAYS, GOES, REVOKED, OTHER, EDGE].map(fleet.enlist));
  });
  after(() => fleet?.close());

  it('names commands and flags that there are', () => {
    expect(unknownCommands(page.text)).to.deep.equal([]);
  });

  describe('Back up and restore', () => {
    it('makes a backup of each server', async () => {
      await follow('Back up and restore');
      const names = (await backups()).map((name) => name.split('-')[1]);
      expect(names.sort()).to.deep.equal(['dc1', 'dc2', 'hub']);
    });

    it('restores a spoke that the fleet has gone on without', async () => {
      await fleet.enlist(NEW);
      await reassign(GOES, 'dc2');
      await order('envoys', 'revoke', REVOKED);
      await follow('Back up and restore', 'Restore a spoke');
      const kept = (await readdir(at(SPOKE, '/srv'))).filter((name) => name.includes('.before-restore-'));
      expect(kept).to.have.length(1);
      await fleet.eyes.see({ [STAYS]: 'dc1', [NEW]: 'dc1', [GOES]: 'dc2', [OTHER]: 'dc2', [EDGE]: 'dc2' });
    });

    it('needs no backup of a spoke that joins anew under its id', async () => {
      const dir = at(SPOKES[1], '/srv/vigo');
      await systemctl(SPOKES[1], 'stop', 'vigo-spoke');
      for (const name of await readdir(dir))
        if (!['spoke.yaml', 'license'].includes(name)) await rm(join(dir, name), { recursive: true });
      const { token } = await fleet.eyes.ask((admin) => admin.createJoinToken({ spokeId: 'dc2' }));
      await writeFile(join(dir, 'join.env'), `VIGO_JOIN_TOKEN=${token}\n`);
      await systemctl(SPOKES[1], 'start', 'vigo-spoke');
      await fleet.eyes.goOn('every spoke is healthy');
      await fleet.eyes.see({ [STAYS]: 'dc1', [NEW]: 'dc1', [GOES]: 'dc2', [OTHER]: 'dc2', [EDGE]: 'dc2' });
    });

    it('restores a hub, with what was enrolled, moved and revoked since, and what no spoke knows done again', async () => {
      const crate = at(HUB, '/root/stacks/configcrates/motd.vgo');
      await writeFile(crate, (await readFile(crate, 'utf8')).replace('first', 'second'));
      await publish('since the backup');
      await order('users', 'revoke', 'ada');
      await follow('Back up and restore', 'Restore a hub');
      await fleet.eyes.see({ [STAYS]: 'dc1', [NEW]: 'dc1', [GOES]: 'dc2', [OTHER]: 'dc2', [EDGE]: 'dc2' });
      const { users } = await fleet.eyes.ask((admin) => admin.listUsers({}));
      expect(users.find(({ name }) => name === 'ada')?.revokedAt).to.not.equal(undefined);
      await isPublished('again, after a restore');
      await waitFor('envoys have it', async () => (await readFile(at(NEW, '/etc/motd'), 'utf8')) === 'second\n');
      expect(processOf(REVOKED, 'vigo-agent')?.running).to.equal(false);
    });
  });

  describe('Upgrade', () => {
    it('takes the hub first, then the spokes, each with a backup of before', async () => {
      const [from, before] = [fleet.history.length, (await backups()).length];
      await follow('Upgrade');
      expect(fleet.history.slice(from)).to.deep.equal([
        `npm vigocli-new.tgz on ${HUB}`,
        `systemctl restart vigo-hub on ${HUB}`,
        ...SPOKES.flatMap((spoke) => [`npm vigocli-new.tgz on ${spoke}`, `systemctl restart vigo-spoke on ${spoke}`]),
      ]);
      expect((await backups()).length).to.equal(before + 3);
      await fleet.eyes.see({ [STAYS]: 'dc1', [NEW]: 'dc1', [GOES]: 'dc2', [OTHER]: 'dc2', [EDGE]: 'dc2' });
    });

    it('goes back to a program that refuses what a later one has written', async () => {
      const servers = [[HUB, 'vigo-hub'] as const, [SPOKE, 'vigo-spoke'] as const];
      for (const [name, unit] of servers) {
        await systemctl(name, 'stop', unit);
        using database = new DatabaseSync(at(name, '/srv/vigo/vigo.db'));
        database.exec("insert into kysely_migration values ('9999-later', 'x')");
        const refused = await systemctl(name, 'start', unit).catch(String);
        expect(refused).to.include('DATABASE_TOO_NEW');
      }
      await follow('Upgrade', 'Go back');
      await fleet.eyes.see({ [STAYS]: 'dc1', [NEW]: 'dc1', [GOES]: 'dc2', [OTHER]: 'dc2', [EDGE]: 'dc2' });
      expect(processOf(SPOKES[1], 'vigo-spoke')?.running).to.equal(true);
    });
  });

  describe('Rotate the CA', () => {
    it('ends with one CA, another than before, and everybody there', async () => {
      const old = at(HUB, '/root/ca-of-before.pem');
      await writeFile(old, await readFile(at(HUB, '/srv/vigo/tls/ca.pem')));
      const before = await pki();
      await follow('Rotate the CA');
      const now = await pki();
      expect(now.ca?.sha256).to.not.equal(before.ca?.sha256);
      expect(now).to.deep.include({ formerCa: null, envoys: 5 });
      await fleet.eyes.see({ [STAYS]: 'dc1', [NEW]: 'dc1', [GOES]: 'dc2', [OTHER]: 'dc2', [EDGE]: 'dc2' });
      const hub = fleet.machines.named(HUB);
      const afar = await fleet.cli(hub, ['pki', 'status', '--ca-file', old, '--json']);
      expect(afar.stdout).to.include('UNREACHABLE');
    });
  });

  describe('Replace a hub', () => {
    it('goes on under the same name on another machine, where agents find it', async () => {
      const retired = processOf(HUB, 'vigo-hub');
      await follow('Replace a hub');
      expect(retired?.running).to.equal(false);
      expect(processOf(NEW_HUB, 'vigo-hub')?.running).to.equal(true);
      expect(at(HUB, '/srv')).to.equal(at(NEW_HUB, '/srv'));
      await fleet.eyes.see({ [STAYS]: 'dc1', [NEW]: 'dc1', [GOES]: 'dc2', [OTHER]: 'dc2', [EDGE]: 'dc2' });
      await systemctl(SPOKE, 'stop', 'vigo-spoke');
      await reassign(STAYS, 'dc2');
      const agent = processOf(STAYS, 'vigo-agent');
      const from = agent?.log.length ?? 0;
      await agent?.waitForLog('a check-in at dc2', (line) => line.spoke === 'dc2', { from });
      await systemctl(SPOKE, 'start', 'vigo-spoke');
      await fleet.eyes.goOn('every spoke is healthy');
    });

    it('gets another name, which spokes report to', async () => {
      const old = (await fleet.eyes.status()).spokes.map(({ hubAddr }) => hubAddr);
      await follow('Replace a hub', 'Under another host name');
      // Each says so when it is asked next.
      await waitFor('both report to the new name', async () => {
        const { spokes } = await fleet.eyes.status();
        return spokes.length === 2 && spokes.every(({ hubAddr }) => hubAddr !== null && !old.includes(hubAddr));
      });
      await fleet.eyes.see({ [STAYS]: 'dc2', [NEW]: 'dc1', [GOES]: 'dc2', [OTHER]: 'dc2', [EDGE]: 'dc2' });
    });
  });

  describe('Add a spoke', () => {
    it('takes new envoys, and gets home whom its patterns match', async () => {
      await follow('Add a spoke');
      await fleet.enlist(LATE);
      await fleet.eyes.see({
        ...{ [STAYS]: 'dc1', [NEW]: 'dc1', [GOES]: 'dc1', [OTHER]: 'dc2', [EDGE]: 'dc3', [LATE]: 'dc3' },
      });
      await isPublished('again, after a restore');
      expect(await isThere(at('spoke3.example.com', '/srv/vigo/join.env'))).to.equal(false);
    });
  });

  describe('Decommission a spoke', () => {
    it('leaves nothing of it, and its envoys with another', async () => {
      await follow('Decommission a spoke');
      expect((await fleet.eyes.status()).spokes.map(({ id }) => id)).to.deep.equal(['dc2', 'dc3']);
      expect(await isThere(at(SPOKE, '/srv/vigo'))).to.equal(false);
      expect(processOf(SPOKE, 'vigo-spoke')?.running).to.equal(false);
      await fleet.enlist(LAST);
      await fleet.eyes.see({
        ...{ [STAYS]: 'dc2', [NEW]: 'dc2', [GOES]: 'dc2', [OTHER]: 'dc2', [LAST]: 'dc2', [EDGE]: 'dc3', [LATE]: 'dc3' },
      });
    });
  });

  describe('All of it', () => {
    it('was run', () => {
      const left = page.blocks.filter((block) => !ran.has(block));
      expect(left.map(({ procedure, line }) => `${procedure}, line ${line}`)).to.deep.equal([]);
    });
  });
});
