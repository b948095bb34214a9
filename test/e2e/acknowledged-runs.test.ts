/** A spoke is killed while runs stream in: every run that an agent was told to be kept is there afterwards, once. */
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Child } from '../support/child.ts';
import { useFleetProcesses } from '../support/fleet-processes.ts';
import { waitFor } from '../support/wait-for.ts';

const HOSTS = [1, 2, 3, 4, 5, 6].map((n) => `web${n}.dc1.example.com`);
const KILLS = 3;

describe('runs that were acknowledged', function () {
  this.timeout(120_000);
  const fleet = useFleetProcesses({ spokes: ['dc1'] });
  const agents = new Map<string, Child>();
  let stacks: string;

  before(async () => {
    stacks = await mkdtemp(join(tmpdir(), 'vigo-stacks-'));
    await mkdir(join(stacks, 'configcrates'));
    await writeFile(join(stacks, 'envoys.vgo'), 'envoys:\n  - match: "*"\n    configcrates: [a]\n');
    const crate = 'configcrate: a\nresources:\n  - type: directory\n    target_path: /etc\n';
    await writeFile(join(stacks, 'configcrates/a.vgo'), crate);
    await fleet.json(['config', 'publish', '--stacks', stacks]);
    await Promise.all(HOSTS.map(fleet.enroll));
    await Promise.all(HOSTS.map(async (hostname) => agents.set(hostname, await fleet.runAgent(hostname))));
  });
  after(() => rm(stacks, { recursive: true, force: true }));

  const made = (hostname: string) =>
    (agents.get(hostname) as Child).log.flatMap((line) => (line.msg === 'run ended' ? [String(line.run)] : []));
  const waiting = async (hostname: string) =>
    (await readdir(join(fleet.stateDir(hostname), 'runs')))
      .filter((name) => name.endsWith('.run'))
      .map((name) => name.slice(13, 49));
  /** Every page. */
  const kept = async (hostname: string) => {
    const ids: string[] = [];
    for (let cursor = ''; ; ) {
      const { runs, nextCursor } = await fleet.admin.listRuns({ envoy: hostname, limit: 1_000, cursor });
      ids.push(...runs.map(({ id }) => id));
      if (nextCursor === '') return ids;
      cursor = nextCursor;
    }
  };

  it('are there after the spoke was killed in the middle, each once', async () => {
    for (let kill = 1; kill <= KILLS; kill++) {
      const before = HOSTS.reduce((sum, hostname) => sum + made(hostname).length, 0);
      await waitFor(
        'runs stream in',
        async () => HOSTS.reduce((sum, hostname) => sum + made(hostname).length, 0) > before + 12,
      );
      await fleet.kill9('dc1');
      // What an agent does not hold any more, it was told to be kept.
      const acknowledged = new Map<string, string[]>();
      for (const hostname of HOSTS) {
        const ended = made(hostname);
        const held = new Set(await waiting(hostname));
        acknowledged.set(
          hostname,
          ended.filter((id) => !held.has(id)),
        );
      }
      await fleet.restart('dc1');
      await fleet.waitForHealth('dc1', 'healthy');
      for (const [hostname, ids] of acknowledged) {
        const found = await kept(hostname);
        expect(new Set(found).size).to.equal(found.length);
        expect(ids.filter((id) => !found.includes(id))).to.deep.equal([]);
        expect(ids.length).to.be.greaterThan(0);
      }
    }
    await waitFor('nothing waits any more', async () =>
      (await Promise.all(HOSTS.map(waiting))).every((ids) => ids.length === 0),
    );
    for (const hostname of HOSTS) expect(await kept(hostname)).to.include.members(made(hostname).slice(0, -1));
  });
});
