/** What was published happens: agents apply it, report, and their envoys' status says what became of it. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { EnvoyJson } from '../../src/cli/json/envoy.ts';
import { useFleetProcesses } from '../support/fleet-processes.ts';
import { waitFor } from '../support/wait-for.ts';

const HOSTS = ['web1.dc1.example.com', 'web2.dc1.example.com', 'web1.dc2.example.com'];
const [ALTERED = ''] = HOSTS;

interface RunsJson {
  readonly runs: readonly {
    readonly id: string;
    readonly changed: number;
    readonly failed: number;
    readonly error: string | null;
  }[];
}

describe('agents that converge', function () {
  this.timeout(90_000);
  const fleet = useFleetProcesses({ spokes: ['dc1', 'dc2'] });
  let stacks: string;

  before(async () => {
    stacks = await mkdtemp(join(tmpdir(), 'vigo-stacks-'));
    for (const folder of ['configcrates', 'files']) await mkdir(join(stacks, folder));
    await writeFile(join(stacks, 'files/key'), 'k'.repeat(400_000));
    await Promise.all(HOSTS.map(fleet.enroll));
    await Promise.all(HOSTS.map(fleet.runAgent));
  });
  after(() => rm(stacks, { recursive: true, force: true }));

  const publish = async (greeting: string, ...more: string[]) => {
    await writeFile(
      join(stacks, 'envoys.vgo'),
      `envoys:\n  - match: "*"\n    configcrates: [motd]\n    vars: { greeting: ${greeting} }\n`,
    );
    await writeFile(
      join(stacks, 'configcrates/motd.vgo'),
      `configcrate: motd
resources:
  - name: etc
    type: directory
    target_path: /etc
  - name: motd
    type: file
    target_path: /etc/motd
    content: "{{ vars.greeting }} from {{ traits.hostname }}"
    depends_on: [etc]
  - name: key
    type: file
    target_path: /etc/key
    source: key
    depends_on: [etc]
${more.join('\n')}
`,
    );
    await fleet.json(['config', 'publish', '--stacks', stacks]);
  };
  const motd = (hostname: string) => readFile(join(fleet.rootOf(hostname), 'etc/motd'), 'utf8').catch(() => '');
  const envoy = async (hostname: string) =>
    (await fleet.envoys()).find((one) => one.hostname === hostname) as EnvoyJson;
  const all = async (status: string) => (await fleet.envoys()).every((one) => one.status === status);

  it('have what was published, on every machine, and are converged', async () => {
    await publish('hello');
    await waitFor('all are converged', () => all('converged'));
    for (const hostname of HOSTS) {
      expect(await motd(hostname)).to.equal(`hello from ${hostname}`);
      expect((await readFile(join(fleet.rootOf(hostname), 'etc/key'))).length).to.equal(400_000);
    }
    const { runs } = await fleet.json<RunsJson>(['envoys', 'runs', ALTERED]);
    expect(runs.at(-1)?.changed).to.equal(3);
    expect(new Set(runs.map(({ id }) => id)).size).to.equal(runs.length);
  });

  it('say on their own machine what they converge to and what they have done', async () => {
    const where = ['--state-dir', fleet.stateDir(ALTERED)];
    const told = await fleet.json<{ lastRun: { outcome: string } | null }>(['agent', 'status', ...where]);
    const { configVersion } = await envoy(ALTERED);
    expect(told).to.deep.include({ bundle: { configVersion, resources: 3, error: null }, refusedRuns: 0, damaged: [] });
    expect(told.lastRun?.outcome).to.be.oneOf(['ok', 'changed']);
    expect((await fleet.cli(['agent', 'status', ...where])).stdout).to.match(/bundle .*\(3 resources\)/);
  });

  it('repair what was altered by hand, and are diverged when that happens three times in a row', async () => {
    const file = join(fleet.rootOf(ALTERED), 'etc/motd');
    await waitFor('a clean run', async () => (await envoy(ALTERED)).drift === 'none');
    const seen = new Set<string>();
    // Beside asking: a command may take longer to start than an agent to come to its next run.
    const altering = waitFor(
      'that is seen',
      async () => {
        if ((await motd(ALTERED)) === `hello from ${ALTERED}`) await writeFile(file, 'altered');
        return seen.has('diverged changed');
      },
      45_000,
    );
    const asking = waitFor(
      'it is diverged',
      async () => {
        const { status, drift } = await envoy(ALTERED);
        seen.add(`${status} ${drift}`);
        return status === 'diverged';
      },
      40_000,
    );
    await Promise.all([altering, asking]);
    await waitFor('it is as it should be again', async () => (await envoy(ALTERED)).status === 'converged');
    expect(await motd(ALTERED)).to.equal(`hello from ${ALTERED}`);
  });

  it('are degraded by a resource that cannot be put right, and skip what depends on it', async () => {
    await publish('hi', '  - name: bad', '    type: file', '    target_path: /no/such/place', '    content: x');
    await waitFor('all are degraded', () => all('degraded'));
    expect(await motd(ALTERED)).to.equal(`hi from ${ALTERED}`);
    const { runs } = await fleet.json<RunsJson>(['envoys', 'runs', ALTERED]);
    const shown = await fleet.cli(['runs', 'show', runs[0]?.id ?? '']);
    expect(shown.stdout).to.include('motd/bad');
    expect(shown.stdout).to.include('failed');
  });

  it('have failed if there is no policy for them', async () => {
    await publish(
      'hi',
      '  - name: bad',
      '    type: file',
      '    target_path: /etc/x',
      '    content: "{{ traits.nonsense }}"',
    );
    await waitFor('all have failed', () => all('failed'));
    const { runs } = await fleet.json<RunsJson>(['envoys', 'runs', ALTERED]);
    expect(runs[0]?.error).to.include('undefined variable: traits.nonsense');
  });

  it('go on without their spoke, and deliver every run once when it is back', async () => {
    await publish('bye');
    await waitFor('all are converged', () => all('converged'));
    await fleet.kill9('dc2');
    const [, , lone = ''] = HOSTS;
    await writeFile(join(fleet.rootOf(lone), 'etc/motd'), 'altered while the spoke was away');
    await waitFor('it is repaired without a server', async () => (await motd(lone)) === `bye from ${lone}`);
    await fleet.restart('dc2');
    await fleet.waitForHealth('dc2', 'healthy');
    await waitFor('the run of that time is there', async () => {
      const { runs } = await fleet.json<RunsJson>(['envoys', 'runs', lone, '--limit', '200']);
      expect(new Set(runs.map(({ id }) => id)).size).to.equal(runs.length);
      return runs.slice(0, -1).some(({ changed }) => changed === 1);
    });
  });
});
