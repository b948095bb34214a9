/** An envoy moves: its status goes with it, its older runs stay where they were made, and all of them are found. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { EnvoyDetailJson } from '../../src/cli/json/envoy.ts';
import type { MoveJson } from '../../src/cli/json/move.ts';
import type { RunListJson } from '../../src/cli/json/run.ts';
import { useFleetProcesses } from '../support/fleet-processes.ts';

const HOST = 'web1.dc1.example.com';

describe('an envoy that moves', function () {
  this.timeout(90_000);
  // So long that nobody is offline between two runs.
  const fleet = useFleetProcesses({ spokes: ['dc1', 'dc2'], checkinInterval: '1h' });
  let stacks: string;
  let old: RunListJson;

  before(async () => {
    stacks = await mkdtemp(join(tmpdir(), 'vigo-stacks-'));
    await mkdir(join(stacks, 'configcrates'));
    await writeFile(join(stacks, 'envoys.vgo'), 'envoys:\n  - match: "*"\n    configcrates: [motd]\n');
    const motd = 'configcrate: motd\nresources:\n  - type: file\n    target_path: /motd\n    content: hello\n';
    await writeFile(join(stacks, 'configcrates/motd.vgo'), motd);
    await fleet.json(['config', 'publish', '--stacks', stacks]);
    await fleet.enroll(HOST);
  });
  after(() => rm(stacks, { recursive: true, force: true }));

  const motd = () => join(fleet.rootOf(HOST), 'motd');
  /** One run, which finds something to repair. */
  const runAfterDamage = async () => {
    await mkdir(fleet.rootOf(HOST), { recursive: true });
    await writeFile(motd(), 'damaged');
    await fleet.json(['agent', 'run', '--once', '--state-dir', fleet.stateDir(HOST), '--root', fleet.rootOf(HOST)]);
    expect(await readFile(motd(), 'utf8')).to.equal('hello');
  };
  const show = () => fleet.json<EnvoyDetailJson>(['envoys', 'show', HOST]);
  const runs = () => fleet.json<RunListJson>(['envoys', 'runs', HOST]);
  const places = (list: RunListJson) => list.runs.map(({ spoke }) => spoke);

  it('has a status from its runs', async () => {
    for (let run = 0; run < 3; run++) await runAfterDamage();
    old = await runs();
    expect(places(old)).to.deep.equal(['dc1', 'dc1', 'dc1']);
    expect(await show()).to.include({ status: 'diverged', drift: 'changed', spoke: 'dc1' });
  });

  it('keeps its status, and its runs are found where they were made', async () => {
    const { state } = await fleet.json<MoveJson>(['spanner', 'reassign', '--hostname', HOST, '--to', 'dc2', '--yes']);
    expect(state).to.equal('done');
    const moved = await show();
    expect(moved).to.include({ status: 'diverged', drift: 'changed', spoke: 'dc2' });
    expect(moved.recentRuns.map(({ id }) => id)).to.deep.equal(old.runs.map(({ id }) => id));
    expect(await runs()).to.deep.equal(old);
  });

  it('goes on from there: a fourth change in a row is no first one', async () => {
    await runAfterDamage();
    expect(await show()).to.include({ status: 'diverged', spoke: 'dc2' });
    const after = await runs();
    expect(places(after)).to.deep.equal(['dc2', 'dc1', 'dc1', 'dc1']);
    expect(after.complete).to.equal(true);
    expect(after.runs.slice(1)).to.deep.equal(old.runs);
  });

  it('shows those of the spoke that is there when the other is not, and says so', async () => {
    await fleet.kill9('dc1');
    const some = await runs();
    expect(places(some)).to.deep.equal(['dc2']);
    expect(some.complete).to.equal(false);
    expect(some.warnings.map(({ spoke }) => spoke)).to.deep.equal(['dc1']);
    await fleet.restart('dc1');
    await fleet.waitForHealth('dc1', 'healthy');
    expect(places(await runs())).to.deep.equal(['dc2', 'dc1', 'dc1', 'dc1']);
  });
});
