// The status file: soon after a change, rarely otherwise.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { type StateDir, stateDirAt } from '../../../src/agent/state-dir.ts';
import { createStatusFile, readStatusFile, type StatusRecord } from '../../../src/agent/status-file.ts';
import { silentLogger } from '../../../src/platform/logger.ts';
import { createFakeClock } from '../../support/fake-clock.ts';

const record = (lastCheckinAt: string, more: Partial<StatusRecord> = {}): StatusRecord => ({
  lastCheckinAt,
  lastError: null,
  spoke: 'dc1',
  address: 'dc1.example.com:1530',
  epoch: 1,
  ...more,
});

describe('agent status file', () => {
  let dir: StateDir;

  beforeEach(async () => {
    dir = stateDirAt(await mkdtemp(join(tmpdir(), 'vigo-status-')));
  });
  afterEach(() => rm(dir.path, { recursive: true }));

  it('is written at once when something changes and else once a minute', async () => {
    const clock = createFakeClock();
    const file = createStatusFile({ dir, clock, logger: silentLogger });
    await file.update(record('t1'));
    await file.update(record('t2'));
    expect(readStatusFile(dir)?.lastCheckinAt).to.equal('t1');
    await clock.advance(60_000);
    await file.update(record('t3'));
    expect(readStatusFile(dir)?.lastCheckinAt).to.equal('t3');
    await file.update(record('t4', { epoch: 2 }));
    expect(readStatusFile(dir)?.lastCheckinAt).to.equal('t4');
    await file.update(record('t5', { epoch: 2 }));
    await file.flush();
    expect(readStatusFile(dir)?.lastCheckinAt).to.equal('t5');
  });

  it('does not disturb the agent when it cannot be written', async () => {
    const warned: string[] = [];
    const logger = { ...silentLogger, warn: (_fields: object, message: string) => warned.push(message) };
    const gone = stateDirAt(join(dir.path, 'gone'));
    const file = createStatusFile({ dir: gone, clock: createFakeClock(), logger });
    await file.update(record('t1'));
    expect(warned).to.deep.equal(['status not written']);
  });
});
