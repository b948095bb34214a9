/** A server that is told by SIGHUP that server.yaml has changed: it takes all of it, in the same process, or nothing. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { type Document, parseDocument } from 'yaml';
import { useFleetProcesses } from '../support/fleet-processes.ts';
import { freePorts } from '../support/free-ports.ts';
import { isListening } from '../support/is-listening.ts';
import { waitFor } from '../support/wait-for.ts';

const HOST = 'web1.dc1.example.com';

describe('a server whose server.yaml has changed', function () {
  this.timeout(30_000);
  let faults: string;
  const fleet = useFleetProcesses({
    spokes: ['dc1'],
    unjoined: ['dc2'],
    async hubSettings(dir) {
      faults = join(dir, 'faults');
      return '';
    },
  });

  const edit = async (name: string, change: (file: Document) => void): Promise<void> => {
    const { configFile } = fleet.spoke(name);
    const file = parseDocument(await readFile(configFile, 'utf8'));
    change(file);
    await writeFile(configFile, String(file));
  };
  /** What the server has said to it; it must be the same process still. */
  const hangUp = async (name: string, said: string) => {
    const { child } = fleet.spoke(name);
    const from = child.log.length;
    child.signal('SIGHUP');
    const line = await child.waitForLog(said, ({ msg }) => msg.startsWith(said), { from });
    expect(child.running).to.equal(true);
    return { line, from };
  };
  /** What the server has changed to, once it serves again. */
  const takesIt = async (name: string) => {
    const { line, from } = await hangUp(name, 'server.yaml has changed');
    await fleet.spoke(name).child.waitForLog('ready', ({ msg }) => msg === 'ready', { from });
    return line.changed;
  };
  const spokes = async () => (await fleet.admin.getSpannerStatus({})).spokes.map(({ id }) => id);
  const lastSeen = async () => {
    const envoy = (await fleet.envoys()).find(({ hostname }) => hostname === HOST);
    return envoy?.reachable ? Date.parse(envoy.lastSeenAt ?? '') : Number.NaN;
  };

  before(async () => {
    await fleet.enroll(HOST);
    await fleet.runAgent(HOST);
  });

  it('leaves out a spoke that is not in it any more, and takes one that has come', async () => {
    await edit('hub', (file) => file.deleteIn(['spanner', 'spokes', 1]));
    expect(await takesIt('hub')).to.deep.equal(['spanner']);
    expect(await spokes()).to.deep.equal(['dc1']);
    const { ports } = fleet.spoke('dc2');
    await edit('hub', (file) =>
      file.addIn(
        ['spanner', 'spokes'],
        file.createNode({ id: 'dc2', addr: `127.0.0.1:${ports.grpc}`, patterns: ['*.dc2.*'] }),
      ),
    );
    expect(await takesIt('hub')).to.deep.equal(['spanner']);
    expect(await spokes()).to.deep.equal(['dc1', 'dc2']);
    const { token } = await fleet.admin.createJoinToken({ spokeId: 'dc2' });
    await fleet.restart('dc2', { VIGO_JOIN_TOKEN: token });
    await fleet.waitForHealth('dc2', 'healthy');
    await fleet.waitForHealth('dc1', 'healthy');
    await fleet.enroll('web1.dc2.example.com');
    const owners = (await fleet.envoys()).map(({ hostname, spoke }) => [hostname, spoke]);
    expect(owners).to.deep.equal([
      [HOST, 'dc1'],
      ['web1.dc2.example.com', 'dc2'],
    ]);
  });

  it('listens where it says now, and its agents come back by themselves', async () => {
    const { ports } = fleet.spoke('dc1');
    const [metrics] = await freePorts(1);
    await edit('dc1', (file) => file.setIn(['server', 'metrics_listen'], `127.0.0.1:${metrics}`));
    expect(await takesIt('dc1')).to.deep.equal(['server']);
    const since = Date.now();
    expect([await isListening(metrics as number), await isListening(ports.metrics)]).to.deep.equal([true, false]);
    await waitFor('the agent has checked in since', async () => (await lastSeen()) > since);
    await fleet.waitForHealth('dc1', 'healthy');
  });

  it('goes on as it was with a file that is wrong, and says what is', async () => {
    const { configFile } = fleet.hub;
    const good = await readFile(configFile, 'utf8');
    await edit('hub', (file) => file.setIn(['checkin', 'interval'], 'soon'));
    expect((await hangUp('hub', 'not reloaded')).line.error)
      .to.include(configFile)
      .and.include('checkin.interval');
    expect(await spokes()).to.deep.equal(['dc1', 'dc2']);
    await edit('hub', (file) => {
      file.setIn(['checkin', 'interval'], '500ms');
      file.setIn(['data_dir'], `${fleet.dir}/elsewhere`);
    });
    expect((await hangUp('hub', 'not reloaded')).line.error).to.match(
      /data_dir was .*\/hub and is .*\/elsewhere.* restart/,
    );
    await writeFile(configFile, good);
    await hangUp('hub', 'reloaded');
  });

  it('goes on with the file before if it cannot start with the new one', async () => {
    const { configFile } = fleet.hub;
    const good = await readFile(configFile, 'utf8');
    const taken = fleet.spoke('dc1').ports.grpc;
    await edit('hub', (file) => file.setIn(['server', 'metrics_listen'], `127.0.0.1:${taken}`));
    expect((await hangUp('hub', 'not reloaded')).line.error).to.include(`127.0.0.1:${taken}`);
    await writeFile(configFile, good);
    await edit('hub', (file) => file.setIn(['license', 'file'], 'none.lic'));
    const { line, from } = await hangUp('hub', 'not started with the new server.yaml');
    expect(line.error).to.include('none.lic');
    await fleet.hub.child.waitForLog('ready', ({ msg }) => msg === 'ready', { from });
    expect((await fleet.envoys()).map(({ hostname }) => hostname)).to.include(HOST);
    await writeFile(configFile, good);
    await hangUp('hub', 'reloaded');
  });

  it('first ends what its calls still do, also for callers that are gone by then', async () => {
    await fleet.stopServer('hub');
    await fleet.restart('hub', { VIGO_FAULTS: faults });
    await fleet.waitForHealth('dc1', 'healthy');
    await fleet.waitForHealth('dc2', 'healthy');
    await writeFile(faults, 'hold moves.plan');
    const drain = ['spanner', 'drain', '--spoke', 'dc1', '--to', 'dc2', '--yes', '--detach', '--json'];
    const ordered = fleet.processes.start('drain', drain, { env: fleet.env });
    let looks = 0;
    await waitFor('the order is held', async () => {
      const metrics = await fetch(`http://127.0.0.1:${fleet.hub.ports.metrics}/metrics`);
      // Reports of spokes come and go.
      looks = /^vigo_rpc_running [1-9]/m.test(await metrics.text()) ? looks + 1 : 0;
      return looks > 20;
    });
    await edit('hub', (file) => file.setIn(['checkin', 'max_rate'], 800));
    const { from } = await hangUp('hub', 'server.yaml has changed');
    // Its connection is ended after some seconds.
    expect((await ordered.exited).code).to.equal(5);
    const ready = () => fleet.hub.child.log.slice(from).some(({ msg }) => msg === 'ready');
    expect(ready()).to.equal(false);
    await writeFile(faults, '');
    await waitFor('it has started anew', ready);
    const { moves } = await fleet.admin.listMoves({});
    expect(moves.map(({ matched }) => matched)).to.deep.equal([1]);
    await waitFor('the move is done', async () => (await fleet.envoys()).every(({ spoke }) => spoke === 'dc2'));
  });

  it('ends in good order when it is told to in the middle of it, however often it was told to reload', async () => {
    await edit('hub', (file) => file.setIn(['checkin', 'max_rate'], 900));
    const { child } = fleet.hub;
    const from = child.log.length;
    for (let i = 0; i < 5; i++) child.signal('SIGHUP');
    await child.waitForLog('the change', ({ msg }) => msg === 'server.yaml has changed', { from });
    await fleet.stopServer('hub');
    expect(child.log.slice(from).filter(({ msg }) => msg === 'server.yaml has changed')).to.have.length(1);
    await fleet.restart('hub');
    expect(await spokes()).to.deep.equal(['dc1', 'dc2']);
  });
});
