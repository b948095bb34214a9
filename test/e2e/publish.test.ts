/** Stacks are published: every spoke gets them, also the one that was away, and a mistake changes nothing. */
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { ConfigStatusJson, PublishedJson } from '../../src/cli/json/config.ts';
import type { SpannerStatusJson } from '../../src/cli/json/spoke.ts';
import { useFleetProcesses } from '../support/fleet-processes.ts';
import { jsonOf } from '../support/processes.ts';
import { waitFor } from '../support/wait-for.ts';

const EXAMPLES = 'examples/stacks';

describe('publishing stacks', function () {
  this.timeout(60_000);
  const fleet = useFleetProcesses({ spokes: ['dc1', 'dc2'] });
  let stacks: string;
  let first: PublishedJson;

  before(async () => {
    stacks = await mkdtemp(join(tmpdir(), 'vigo-stacks-'));
    await cp(EXAMPLES, stacks, { recursive: true });
  });
  after(() => rm(stacks, { recursive: true, force: true }));

  const publish = (...args: string[]) => fleet.cli(['config', 'publish', '--stacks', stacks, ...args]);
  const live = (server: string, file: string) => readFile(join(fleet.dir, server, '.live', file), 'utf8');

  it('gives them to every spoke, as files too, and says so in one line each', async () => {
    first = jsonOf<PublishedJson>(await publish('-m', 'first', '--json'));
    expect(first.spokes.map(({ spoke, outcome }) => `${spoke} ${outcome}`)).to.deep.equal(['dc1 synced', 'dc2 synced']);
    expect(first.added).to.include('envoys.vgo');
    const rules = await readFile(join(EXAMPLES, 'envoys.vgo'), 'utf8');
    for (const server of ['hub', 'dc1', 'dc2']) expect(await live(server, 'envoys.vgo')).to.equal(rules);
    const again = await publish();
    expect(again.code).to.equal(0);
    expect(again.stdout).to.match(/dc1\s+unchanged/);
    expect(again.stdout).to.match(/dc2\s+unchanged/);
  });

  it('refuses a tree with mistakes, naming each, and changes nothing', async () => {
    const file = join(stacks, 'roles/base.vgo');
    const good = await readFile(file, 'utf8');
    await writeFile(file, 'role: base\nconfigcrates: [motd, nope]\n');
    const people = await publish();
    expect(people.code).to.equal(1);
    expect(people.stderr).to.include('roles/base.vgo:2:22: there is no configcrate "nope"');
    const validated = await fleet.cli(['config', 'validate', '--stacks', stacks, '--json']);
    expect(validated.code).to.equal(1);
    const { error } = jsonOf<{ error: { code: string; problems: { file: string }[] } }>(validated);
    expect(error.code).to.equal('STACKS_INVALID');
    expect(error.problems.map((problem) => problem.file)).to.deep.equal(['roles/base.vgo']);
    expect(await live('dc1', 'roles/base.vgo')).to.equal(good);
    await writeFile(file, good);
  });

  it('skips a spoke that is away, with a warning and exit code 0, and brings it up to date when it is back', async () => {
    await fleet.stopServer('dc2');
    await writeFile(join(stacks, 'files/sshd-hardening.conf'), 'PermitRootLogin no\n');
    const result = await publish('-m', 'second');
    expect(result.code).to.equal(0);
    expect(result.stdout).to.match(/dc1\s+synced/);
    expect(result.stdout).to.match(/dc2\s+skipped/);
    expect(result.stderr).to.match(/warning: dc2/);
    const behind = await fleet.json<ConfigStatusJson>(['config', 'status']);
    expect(behind.spokes.map(({ spoke, behind }) => [spoke, behind])).to.deep.equal([
      ['dc1', false],
      ['dc2', true],
    ]);
    await fleet.restart('dc2');
    await waitFor('dc2 has the version', async () => {
      const { spokes } = await fleet.json<ConfigStatusJson>(['config', 'status']);
      return spokes.every((spoke) => !spoke.behind);
    });
    expect(await live('dc2', 'files/sshd-hardening.conf')).to.equal('PermitRootLogin no\n');
    for (const folder of ['archives', 'trees'])
      await waitFor(`dc1 keeps only what it serves in ${folder}`, async () => {
        return (await readdir(join(fleet.dir, 'dc1/config', folder))).length === 1;
      });
    const { spokes } = await fleet.json<SpannerStatusJson>(['spanner', 'status']);
    expect(new Set(spokes.map(({ configVersion }) => configVersion)).size).to.equal(1);
  });

  it('goes back to a version of the history', async () => {
    const result = await fleet.cli(['config', 'rollback', first.version.slice(0, 12), '--yes', '--json']);
    expect(jsonOf<PublishedJson>(result).version).to.equal(first.version);
    expect(await live('dc2', 'files/sshd-hardening.conf')).to.include('MaxAuthTries');
    const history = await fleet.json<{ versions: { message: string; version: string }[] }>(['config', 'history']);
    expect(history.versions).to.have.length(3);
    expect(history.versions[0]?.version).to.equal(first.version);
  });

  it('is there again after the hub was killed', async () => {
    await fleet.kill9('hub');
    await fleet.restart('hub');
    const { current, spokes } = await fleet.json<ConfigStatusJson>(['config', 'status']);
    expect(current?.version).to.equal(first.version);
    await waitFor('both spokes are known to have it', async () => {
      const status = await fleet.json<ConfigStatusJson>(['config', 'status']);
      return status.spokes.every((spoke) => spoke.version === first.version);
    });
    expect(spokes).to.have.length(2);
  });
});
