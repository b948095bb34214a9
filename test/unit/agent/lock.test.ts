// One agent per state directory, with real processes.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { lockHolder, lockStateDir } from '../../../src/agent/lock.ts';
import { type StateDir, stateDirAt } from '../../../src/agent/state-dir.ts';

const HOLD = `
  const [lock, stateDir] = await Promise.all([
    import(process.argv[1] + 'lock.ts'), import(process.argv[1] + 'state-dir.ts')]);
  try {
    await lock.lockStateDir(stateDir.stateDirAt(process.argv[2]));
    console.log('locked');
    process.stdin.resume();
  } catch (error) {
    console.log(error.code);
  }
`;
const SOURCES = new URL('../../../src/agent/', import.meta.url).href;

describe('state directory lock', () => {
  let dir: StateDir;
  let children: ChildProcess[];

  beforeEach(async () => {
    dir = stateDirAt(await mkdtemp(join(tmpdir(), 'vigo-lock-')));
    children = [];
  });
  afterEach(async () => {
    for (const child of children) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    await rm(dir.path, { recursive: true });
  });

  /** Another process that tries to take the lock and, if it gets it, keeps it; resolves with what it says. */
  async function other(): Promise<{ child: ChildProcess; says: string }> {
    const child = spawn(process.execPath, ['--input-type=module', '-e', HOLD, SOURCES, dir.path], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    children.push(child);
    const [line] = await once(child.stdout, 'data');
    return { child, says: String(line).trim() };
  }

  it('is refused to a second agent, with the number of the process that has it', async () => {
    const { child, says } = await other();
    expect(says).to.equal('locked');
    const error = await lockStateDir(dir).catch((thrown) => thrown);
    expect(error.code).to.equal('AGENT_RUNNING');
    expect(error.exit).to.equal(1);
    expect(error.message).to.include(`process ${child.pid}`).and.include(dir.path);
    expect(lockHolder(dir)).to.equal(child.pid);
  });

  it('is refused to another process while this one has it, and free afterwards', async () => {
    const lock = await lockStateDir(dir);
    expect((await other()).says).to.equal('AGENT_RUNNING');
    await lock.release();
    expect(await readdir(dir.path)).to.deep.equal([]);
    expect((await other()).says).to.equal('locked');
  });

  it('is taken over from a process that was killed', async () => {
    const { child } = await other();
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(lockHolder(dir)).to.equal(undefined);
    const lock = await lockStateDir(dir);
    expect(lockHolder(dir)).to.equal(process.pid);
    await lock.release();
  });

  it('is taken over when another process has got the number since', async () => {
    // Only Linux tells when a process started; elsewhere the lock stays with whoever has the number now.
    const pid = process.platform === 'linux' ? process.ppid : 2 ** 22 + 1;
    await writeFile(dir.lock, JSON.stringify({ pid, started: '1', nonce: 'x' }));
    await (await lockStateDir(dir)).release();
  });

  it('is taken over when a crash has left half of it', async () => {
    await writeFile(dir.lock, '{"pid":');
    await (await lockStateDir(dir)).release();
  });

  it('goes to exactly one of many who find a dead one', async () => {
    await writeFile(dir.lock, JSON.stringify({ pid: 2 ** 22 + 1, started: '1', nonce: 'x' }));
    const tries = await Promise.allSettled(Array.from({ length: 8 }, () => lockStateDir(dir)));
    const got = tries.filter((result) => result.status === 'fulfilled');
    expect(got).to.have.length(1);
    await got[0]!.value.release();
    expect(await readdir(dir.path)).to.deep.equal([]);
  });
});
