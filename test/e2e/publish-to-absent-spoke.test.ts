/** Something is published while a spoke is stopped: it is skipped, has it soon after it is back, and its agents converge to it. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { ConfigStatusJson } from '../../src/cli/json/config.ts';
import type { Child } from '../support/child.ts';
import { PROBE_INTERVAL_MS } from '../support/fleet-config.ts';
import { useFleetProcesses } from '../support/fleet-processes.ts';
import { waitFor } from '../support/wait-for.ts';

const NEAR = 'web1.dc1.example.com';
const FAR = ['web1.dc2.example.com', 'web2.dc2.example.com'];
const HOSTS = [NEAR, ...FAR];
/** For what is no waiting: a push, and a machine that does other things, too. */
const SLACK_MS = 3_000;

describe('a publish while a spoke is stopped', function () {
  this.timeout(90_000);
  const fleet = useFleetProcesses({ spokes: ['dc1', 'dc2'] });
  let stacks: string;
  let back: Child;

  before(async () => {
    stacks = await mkdtemp(join(tmpdir(), 'vigo-stacks-'));
    await mkdir(join(stacks, 'configcrates'));
    await writeFile(join(stacks, 'envoys.vgo'), 'envoys:\n  - match: "*"\n    configcrates: [motd]\n');
    await Promise.all(HOSTS.map(fleet.enroll));
    await publish('first');
    await Promise.all(HOSTS.map(fleet.runAgent));
  });
  after(() => rm(stacks, { recursive: true, force: true }));

  const publish = async (greeting: string) => {
    const content = `${greeting} on {{ traits.hostname }}`;
    const motd = `configcrate: motd\nresources:\n  - type: file\n    target_path: /motd\n    content: "${content}"\n`;
    await writeFile(join(stacks, 'configcrates/motd.vgo'), motd);
    return fleet.cli(['config', 'publish', '--stacks', stacks]);
  };
  const motd = (hostname: string) => readFile(join(fleet.rootOf(hostname), 'motd'), 'utf8').catch(() => '');
  const has = (hostname: string, greeting: string) =>
    waitFor(`${hostname} has "${greeting}"`, async () => (await motd(hostname)) === `${greeting} on ${hostname}`);
  const status = () => fleet.json<ConfigStatusJson>(['config', 'status']);

  it('finds agents that have the version before', async () => {
    for (const hostname of HOSTS) await has(hostname, 'first');
  });

  it('reaches the other spoke and its agents, skips this one with a warning, and says who is behind', async () => {
    await fleet.stopServer('dc2');
    const { code, stdout, stderr } = await publish('second');
    expect(code).to.equal(0);
    expect(stdout).to.match(/dc1\s+synced/);
    expect(stdout).to.match(/dc2\s+skipped/);
    expect(stderr).to.match(/warning: dc2/);
    await has(NEAR, 'second');
    const { stdout: table } = await fleet.cli(['config', 'status']);
    expect(table).to.match(/dc1\s+online\s+[0-9a-f]+\s+current/);
    expect(table).to.match(/dc2\s+\w+\s+[0-9a-f]+\s+behind/);
    const { current, spokes } = await status();
    const [dc1, dc2] = spokes;
    expect(dc1).to.include({ spoke: 'dc1', behind: false, version: current?.version });
    expect(dc2).to.include({ spoke: 'dc2', behind: true });
    expect(dc2?.version).not.to.equal(current?.version);
    for (const hostname of FAR) expect(await motd(hostname)).to.equal(`first on ${hostname}`);
  });

  it('reaches it within one interval of the probes after it is back', async () => {
    const from = fleet.hub.child.log.length;
    back = await fleet.restart('dc2');
    const given = await fleet.hub.child.waitForLog(
      'dc2 is given the version',
      (line) => line.msg === 'config given' && line.spoke === 'dc2' && line.outcome === 'synced',
      { from },
    );
    const ready = back.log.find((line) => line.msg === 'ready');
    const took = Date.parse(given.time) - Date.parse(String(ready?.time));
    expect(took).to.be.below(PROBE_INTERVAL_MS + SLACK_MS);
    const { current, spokes } = await status();
    for (const spoke of spokes) expect(spoke).to.include({ behind: false, version: current?.version });
  });

  it('reaches its agents, on their disks, and they are converged', async () => {
    for (const hostname of FAR) await has(hostname, 'second');
    const { current } = await status();
    await waitFor('all are converged under it', async () =>
      (await fleet.envoys()).every((envoy) => envoy.status === 'converged' && envoy.configVersion === current?.version),
    );
  });
});
