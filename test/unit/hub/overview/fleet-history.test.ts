import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { emptyCompliance } from '../../../../src/fleet/envoy-status.ts';
import {
  createFleetHistory,
  type FleetHistory,
  type SpokeCondition,
} from '../../../../src/server/hub/overview/fleet-history.ts';
import { type Database, openDatabase } from '../../../../src/server/store/database.ts';
import { createFleetHistoryRepository } from '../../../../src/server/store/fleet-history-repository.ts';
import { createFakeClock, type FakeClock } from '../../../support/fake-clock.ts';
import { createLogRecorder } from '../../../support/log-recorder.ts';

const MINUTE = 60_000;
const DAY_S = 24 * 60 * 60;

describe('the history of the fleet', () => {
  const logs = createLogRecorder();
  let dir: string;
  let clock: FakeClock;
  let database: Database;
  let spokes: SpokeCondition[];
  let history: FleetHistory;

  const condition = (id: string, converged: number, latencyMs = 1): SpokeCondition => ({
    id,
    compliance: { ...emptyCompliance(), converged },
    latencyMs,
  });
  const begin = () => {
    const repository = createFleetHistoryRepository(database);
    history = createFleetHistory({ repository, now: () => spokes, clock, logger: logs });
    history.start();
  };
  const day = (points = 120, spoke?: string) => history.read({ spoke, seconds: DAY_S, points });

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'vigo-history-'));
    clock = createFakeClock();
    database = await openDatabase({ url: 'sqlite:vigo.db', dataDir: dir });
    spokes = [condition('dc1', 1, 3), condition('dc2', 2, 5)];
    begin();
  });
  afterEach(async () => {
    history.close();
    await database.destroy();
    await rm(dir, { recursive: true });
  });

  it('begins with the present', async () => {
    expect(await day()).to.deep.equal([
      { at: clock.now(), compliance: { ...emptyCompliance(), converged: 3 }, latencyMs: 0 },
    ]);
  });

  it('has a point a minute, the sum of all spokes', async () => {
    await clock.advance(2 * MINUTE);
    spokes = [condition('dc1', 4), condition('dc2', 5)];
    await clock.advance(MINUTE);
    expect((await day()).map(({ compliance }) => compliance.converged)).to.deep.equal([3, 3, 9, 9]);
  });

  it('tells of one spoke how fast it has answered', async () => {
    await clock.advance(MINUTE);
    const points = await day(120, 'dc2');
    expect(points.map(({ latencyMs }) => latencyMs)).to.deep.equal([5, 5]);
    expect(points.map(({ compliance }) => compliance.converged)).to.deep.equal([2, 2]);
  });

  it('has about as many points as are asked for, evenly spread', async () => {
    await clock.advance(100 * MINUTE);
    const points = await day(10);
    expect(points.length).to.be.within(9, 12);
    const steps = points.slice(1, -1).map(({ at }, i) => at - points[i]!.at);
    expect(new Set(steps)).to.deep.equal(new Set([10 * MINUTE]));
  });

  it('has a gap where the hub did not run, and goes on after it', async () => {
    await clock.advance(2 * MINUTE);
    history.close();
    await clock.advance(10 * MINUTE);
    begin();
    await clock.advance(2 * MINUTE);
    const minutes = (await day()).map(({ at }) => (at - Date.UTC(2026, 0, 1)) / MINUTE);
    expect(minutes).to.deep.equal([0, 1, 12, 13, 14]);
  });

  it('counts a minute once, however often the hub starts in it', async () => {
    for (let i = 0; i < 3; i++) {
      await clock.advance(11_000);
      history.close();
      begin();
    }
    await clock.advance(MINUTE);
    expect((await day()).map(({ compliance }) => compliance.converged)).to.deep.equal([3, 3]);
  });

  it('forgets what is older than a week', async () => {
    await clock.advance(MINUTE);
    history.close();
    await clock.advance(8 * DAY_S * 1000);
    begin();
    await clock.advance(61 * MINUTE);
    const first = await createFleetHistoryRepository(database).first({ since: 0 });
    expect(first! * MINUTE).to.be.greaterThan(clock.now() - 2 * 60 * MINUTE);
  });

  it('is not noted on a full disk, which the log says', async () => {
    await database.destroy();
    await clock.advance(MINUTE);
    expect(logs.lines('warn').map(({ msg }) => msg)).to.include('how the fleet is was not noted');
    database = await openDatabase({ url: 'sqlite:vigo.db', dataDir: dir });
  });
});
