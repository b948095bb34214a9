/** The hub dies (SIGKILL) before and after every single step of a move, in turn; each time the next hub finishes the move. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import type { EnvoyListJson } from '../../src/cli/json/envoy.ts';
import { MoveReason, MoveState } from '../../src/gen/vigo/v1/admin_pb.js';
import { useFleetProcesses } from '../support/fleet-processes.ts';
import { type FleetRecords, openFleetRecords } from '../support/fleet-records.ts';
import { waitFor } from '../support/wait-for.ts';

const HOSTS = [1, 2, 3].map((n) => `web${n}.dc1.example.com`);
const STEPS = [
  'moves.plan',
  'moves.beginAdoption',
  'spoke.adopt',
  'moves.commit',
  'spoke.release',
  'notices.delivered',
  'moves.end',
];
const POINTS = STEPS.flatMap((step) => [`${step}:before`, `${step}:after`]);
/** The steps in which open envoys are given up: those of a move that is cancelled. */
const CANCEL_POINTS = ['moves.giveUp:before', 'moves.giveUp:after'];

describe('a hub that is killed at each step of a move', function () {
  this.timeout(60_000);
  const fleet = useFleetProcesses({ spokes: ['dc1', 'dc2'] });
  let records: FleetRecords;
  let faultsFile: string;
  let owner = 'dc1';

  const faults = (...lines: string[]) => writeFile(faultsFile, `${lines.join('\n')}\n`);
  const disk = (name: string) => ({ id: name, databaseFile: join(fleet.dir, name, 'vigo.db') });
  const restartHub = () => fleet.restart('hub', { VIGO_FAULTS: faultsFile });
  const reassign = (to: string, maxRate = 0) =>
    fleet.admin.startMove({ reason: MoveReason.REASSIGN, hostname: '*', to, maxRate });
  /** The hub has died where it was told to, and a new one runs. */
  const dieAndComeBack = async (): Promise<void> => {
    expect(await fleet.hub.child.exited).to.deep.equal({ code: null, signal: 'SIGKILL' });
    await faults();
    await restartHub();
    for (const spoke of ['dc1', 'dc2']) await fleet.waitForHealth(spoke, 'healthy');
  };
  const allEnded = () =>
    waitFor('no move goes on and no notice waits', async () => {
      const { moves } = await fleet.admin.listMoves({});
      return moves.every(({ state }) => state !== MoveState.RUNNING) && records.notices().length === 0;
    });
  /** One owner each (I1), its record on that spoke alone (I2), and each once in the list (I7). */
  const checkPlaces = async (places: ReadonlyMap<string, string>): Promise<void> => {
    const active = [...records.active().values()];
    expect(new Map(active.map((row) => [row.hostname, row.spoke_id]))).to.deep.equal(places);
    for (const row of active) {
      for (const spoke of ['dc1', 'dc2']) {
        const record = records.envoys(spoke).get(row.id);
        expect(record?.epoch, `${row.hostname} on ${spoke}`).to.equal(row.spoke_id === spoke ? row.epoch : undefined);
      }
    }
    const list = await fleet.json<EnvoyListJson>(['envoys', 'list', '--require-complete']);
    expect(list.envoys.map(({ hostname, spoke }) => [hostname, spoke])).to.deep.equal([...places].sort());
  };
  const allOn = (spoke: string) => new Map(HOSTS.map((hostname) => [hostname, spoke]));

  before(async () => {
    faultsFile = join(fleet.dir, 'faults');
    await faults();
    await Promise.all(HOSTS.map(fleet.enroll));
    await Promise.all(HOSTS.map(fleet.runAgent));
    await fleet.stopServer('hub');
    await restartHub();
    for (const spoke of ['dc1', 'dc2']) await fleet.waitForHealth(spoke, 'healthy');
    records = openFleetRecords(disk('hub'), [disk('dc1'), disk('dc2')]);
  });
  after(() => records.close());

  for (const point of POINTS) {
    it(`${point}: the move is finished by the next`, async () => {
      const to = owner === 'dc1' ? 'dc2' : 'dc1';
      await faults(`crash ${point}`);
      await reassign(to).catch(() => undefined);
      await dieAndComeBack();
      // It died before anybody was told that there is a move: whoever ordered it, orders it again.
      if (point === 'moves.plan:before') await reassign(to);
      await allEnded();
      owner = to;
      await checkPlaces(allOn(owner));
    });
  }

  for (const point of CANCEL_POINTS) {
    it(`${point}: a move that was being cancelled ends, and nobody is lost between the two`, async () => {
      const to = owner === 'dc1' ? 'dc2' : 'dc1';
      const { move } = await reassign(to, 1);
      await waitFor('one has moved', async () => {
        const { move: seen } = await fleet.admin.getMove({ id: move?.id ?? '' });
        return (seen?.moved ?? 0) >= 1;
      });
      await faults(`crash ${point}`);
      await fleet.admin.cancelMove({ id: move?.id ?? '' }).catch(() => undefined);
      await dieAndComeBack();
      await allEnded();
      const places = new Map([...records.active().values()].map((row) => [row.hostname, row.spoke_id]));
      expect([...places.keys()].sort()).to.deep.equal(HOSTS);
      await checkPlaces(places);
      await reassign(to);
      await allEnded();
      owner = to;
      await checkPlaces(allOn(owner));
    });
  }
});
