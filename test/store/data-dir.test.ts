import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { lockDataDir } from '../../src/server/store/data-dir.ts';
import { thrownCode } from '../support/rpc-failure.ts';

const HOLD_LOCK = fileURLToPath(new URL('hold-lock.ts', import.meta.url));

describe('the lock of a data directory', () => {
  let root: string;
  let dataDir: string;
  let child: ChildProcess | undefined;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'vigo-lock-'));
    dataDir = join(root, 'data');
  });
  afterEach(async () => {
    if (child?.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    child = undefined;
    await chmod(root, 0o700);
    await rm(root, { recursive: true });
  });

  it('makes the directory for its owner alone', async () => {
    lockDataDir(dataDir).release();
    expect((await stat(dataDir)).mode & 0o777).to.equal(0o700);
  });

  it('is held by one, and free again after it was released', () => {
    const lock = lockDataDir(dataDir);
    expect(thrownCode(() => lockDataDir(dataDir))).to.equal('DATA_DIR_IN_USE');
    lock.release();
    lockDataDir(dataDir).release();
  });

  it('is held against other processes, and free when its holder was killed', async () => {
    const holder = spawn(process.execPath, [HOLD_LOCK, dataDir], { stdio: ['pipe', 'pipe', 'inherit'] });
    child = holder;
    const [said] = await once(holder.stdout!, 'data');
    expect(String(said)).to.equal('locked\n');
    expect(thrownCode(() => lockDataDir(dataDir))).to.equal('DATA_DIR_IN_USE');
    holder.kill('SIGKILL');
    await once(holder, 'exit');
    lockDataDir(dataDir).release();
  });

  it('of a place that cannot be used names it', async () => {
    await writeFile(join(root, 'file'), '');
    expect(thrownCode(() => lockDataDir(join(root, 'file', 'data')))).to.equal('DATA_DIR_UNUSABLE');
  });
});
