// Triggers that are owed outlive the process, and never stand in its way.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { openOwedTriggers } from '../../../src/agent/runs/owed-triggers.ts';
import { silentLogger } from '../../../src/platform/logger.ts';

describe('owed triggers', () => {
  let dir: string;
  let file: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'vigo-owed-'));
    file = join(dir, 'owed.json');
  });
  afterEach(() => rm(dir, { recursive: true }));
  const open = () => openOwedTriggers(file, silentLogger);

  it('are there in the next process until they are struck out', async () => {
    await open().add(['a/x', 'a/y']);
    const next = open();
    expect([...next.ids]).to.deep.equal(['a/x', 'a/y']);
    await next.remove(['a/x', 'a/z']);
    expect(JSON.parse(await readFile(file, 'utf8'))).to.deep.equal(['a/y']);
  });

  it('are none if the file is damaged', async () => {
    for (const content of ['', '["a/x', '{}', '[1]']) {
      await writeFile(file, content);
      expect([...open().ids]).to.deep.equal([]);
    }
  });

  it('are kept in memory if the disk takes nothing', async () => {
    const owed = openOwedTriggers(join(dir, 'nowhere', 'owed.json'), silentLogger);
    await owed.add(['a/x']);
    expect([...owed.ids]).to.deep.equal(['a/x']);
  });
});
