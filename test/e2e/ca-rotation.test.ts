/** The fleet's CA is replaced under fifty agents that check in all the time: nobody is restarted, and nobody is lost. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import type { PkiJson } from '../../src/cli/json/pki.ts';
import { useFleetProcesses } from '../support/fleet-processes.ts';
import { enrollManyAgents, type ManyAgents } from '../support/many-agents.ts';
import { waitFor } from '../support/wait-for.ts';

const HOSTS = Array.from({ length: 50 }, (_, i) => `web${i}.dc${(i % 2) + 1}.example.com`);
const SLEEPER = 'sleeper.dc1.example.com';
const NEWCOMER = 'new.dc2.example.com';
/** With a token from before. */
const LATECOMER = 'late.dc2.example.com';

describe('a new CA for a fleet at work', function () {
  this.timeout(120_000);
  let agents: ManyAgents | undefined;
  after(() => agents?.stop());
  const fleet = useFleetProcesses({ spokes: ['dc1', 'dc2'], checkinInterval: '1s' });
  const pids = new Map<string, number>();
  const oldCaFile = () => join(fleet.dir, 'ca-of-before.pem');
  /** A command on another machine, with a copy of ca.pem from before. */
  const fromAfar = async () => {
    const token = (await readFile(join(fleet.hub.dataDir, 'admin-token'), 'utf8')).trim();
    const where = ['--hub', fleet.apiUrl, '--token', token, '--ca-file', oldCaFile()];
    return fleet.cli(['envoys', 'list', '--json', ...where]);
  };
  const status = () => fleet.json<PkiJson>(['pki', 'status']);

  before(async function () {
    this.timeout(60_000);
    const token = await fleet.enrollmentToken();
    const { stateDir, rootOf } = fleet;
    await writeFile(oldCaFile(), await readFile(join(fleet.hub.dataDir, 'tls/ca.pem')));
    agents = await enrollManyAgents({ hostnames: HOSTS, token, stateDir, rootOf });
    await fleet.enroll(SLEEPER);
    await agents.start(1_000);
    for (const id of ['dc1', 'dc2']) pids.set(id, fleet.spoke(id).child.pid);
  });

  const served = (from: number): Set<string> =>
    new Set(
      (agents?.calls ?? [])
        .slice(from)
        .filter(({ kind, outcome }) => kind === 'check-in' && outcome === 'served')
        .map(({ hostname }) => hostname),
    );

  it('reaches servers and agents by itself, and says who has not moved', async () => {
    await waitFor('all check in', () => served(0).size === HOSTS.length, 30_000);
    expect(await status()).to.include({ formerCa: null, envoys: 51, envoysMoved: 51 });

    const begun = await fleet.json<PkiJson>(['pki', 'rotate-ca', '--yes', '--detach']);
    expect(begun.formerCa).to.not.equal(null);
    expect(begun.ca?.sha256).to.not.equal(begun.formerCa?.sha256);
    await waitFor('all but the sleeper have moved', async () => (await status()).envoysMoved === 50, 60_000);
    const { envoysLeft, spokes } = await status();
    expect(envoysLeft).to.deep.equal([SLEEPER]);
    expect(spokes.map(({ id, moved, failure }) => ({ id, moved, failure }))).to.deep.equal([
      { id: 'dc1', moved: true, failure: null },
      { id: 'dc2', moved: true, failure: null },
    ]);

    const again = await fleet.cli(['pki', 'rotate-ca', '--yes', '--json']);
    expect([again.code, JSON.parse(again.stdout).error.code]).to.deep.equal([1, 'ROTATION_RUNNING']);
    const early = await fleet.cli(['pki', 'rotate-ca', '--finish', '--yes', '--json']);
    expect([early.code, JSON.parse(early.stdout).error.code]).to.deep.equal([3, 'ROTATION_INCOMPLETE']);
    expect(early.stdout).to.contain(SLEEPER);
  });

  it('goes on with who knows only the CA before: a copy of ca.pem, a token, an agent that was asleep', async () => {
    const old = await fromAfar();
    expect(old.code, old.stderr).to.equal(0);
    // The token was made before the rotation.
    await fleet.enroll(NEWCOMER);
    await fleet.runAgent(NEWCOMER);
    await fleet.runAgent(SLEEPER);
    await waitFor('everybody has moved', async () => (await status()).envoysMoved === 52, 30_000);
  });

  it('ends the trust in the CA before, and every agent learns it', async () => {
    const from = agents?.calls.length ?? 0;
    const { code, stdout, stderr } = await fleet.cli(['pki', 'rotate-ca', '--finish', '--yes', '--json']);
    expect(code, stderr).to.equal(0);
    expect((JSON.parse(stdout) as PkiJson).formerCa).to.equal(null);
    await waitFor('all trust the new CA alone', async () => (await status()).envoysMoved === 52, 60_000);
    expect((await status()).spokes.every(({ moved }) => moved)).to.equal(true);
    await waitFor('all check in', () => served(from).size === HOSTS.length, 30_000);

    const old = await fromAfar();
    expect([old.code, JSON.parse(old.stdout).error.code]).to.deep.equal([5, 'UNREACHABLE']);
    const where = ['--hostname', LATECOMER, '--state-dir', fleet.stateDir(LATECOMER)];
    const late = await fleet.cli(['agent', 'enroll', '--token', await fleet.enrollmentToken(), ...where, '--json']);
    expect([late.code, JSON.parse(late.stdout).error.code]).to.deep.equal([4, 'CA_MISMATCH']);
    const { envoys } = await fleet.json<{ envoys: { reachable: boolean }[] }>(['envoys', 'list']);
    expect(envoys.filter(({ reachable }) => reachable)).to.have.length(52);
  });

  it('moves envoys afterwards as before, and a restart needs nothing else', async () => {
    const drained = await fleet.json<{ moved: number }>(['spanner', 'drain', '--spoke', 'dc1', '--to', 'dc2', '--yes']);
    expect(drained.moved).to.equal(26);
    await fleet.stopServer('hub');
    await fleet.restart('hub');
    await waitFor('the hub reaches its spokes', async () => {
      const { spokes } = await fleet.json<{ spokes: { health: string }[] }>(['spanner', 'status']);
      return spokes.every(({ health }) => health === 'healthy');
    });
    const from = agents?.calls.length ?? 0;
    await waitFor('dc2 serves all', () => served(from).size === HOSTS.length, 30_000);
  });

  it('let no check-in fail that was not made up for, and restarted nobody', async () => {
    const calls = (agents?.calls ?? []).filter(({ kind }) => kind === 'check-in');
    for (const hostname of HOSTS) {
      const own = calls.filter((call) => call.hostname === hostname);
      expect(own.at(-1)?.outcome, hostname).to.equal('served');
    }
    for (const id of ['dc1', 'dc2']) {
      expect([fleet.spoke(id).child.pid, fleet.spoke(id).child.running]).to.deep.equal([pids.get(id), true]);
    }
  });
});
