/** A restore, and a backup, that die by SIGKILL before calls with which they change something on disk. */
import { createHash } from 'node:crypto';
import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { type DataDir, makeDataDir } from '../support/data-dir.ts';
import { useProcesses } from '../support/processes.ts';

const KILLER = new URL('../support/kill-at-call.ts', import.meta.url).href;

describe('a backup command that is killed', function () {
  this.timeout(180_000);
  const processes = useProcesses();
  let server: DataDir;
  let backup: string;
  const path = (name: string) => join(processes.dir, name);

  /** Runs it with a killer at the n-th call below `below`; the number of calls if n is 0, else whether it was killed. */
  const killedAt = async (n: number, below: string, args: readonly string[]) => {
    const env = { NODE_OPTIONS: `--import=${KILLER}`, KILL_AT: `${n}`, KILL_BELOW: below, KILL_COUNT: path('count') };
    const { code, signal, stderr } = await processes.cli(['backup', ...args], { env });
    if (n === 0) {
      expect(code, stderr).to.equal(0);
      return Number(await readFile(path('count'), 'utf8'));
    }
    expect(signal, `call ${n}`).to.equal('SIGKILL');
    return n;
  };
  /** Each of the last ones, where things come to their places, and every third of those before, which are much alike. */
  const pointsOf = (calls: number): number[] =>
    Array.from({ length: calls }, (_, i) => i + 1).filter((n) => n % 3 === 1 || n > calls - 12);
  /** Of all that is in it, names too; "absent" if it is not there. */
  const digestOf = async (dir: string): Promise<string> => {
    const names = await readdir(dir, { recursive: true, withFileTypes: true }).catch(() => undefined);
    if (!names) return 'absent';
    const digest = createHash('sha256');
    for (const entry of names.map((each) => join(each.parentPath, each.name)).sort()) {
      // When it was restored differs each time; a lock is no content.
      if (/restored\.json$|server\.lock/.test(entry)) continue;
      const content = await readFile(entry).catch(() => Buffer.alloc(0));
      digest.update(`${entry.slice(dir.length)}\0${content.length}\0`).update(content);
    }
    return digest.digest('hex');
  };

  before(async () => {
    server = await makeDataDir(processes.dir);
    await server.publish('one');
    await server.close();
    backup = path('backup.tar.gz');
    const result = await processes.cli(['backup', 'create', '--config', path('hub.yaml'), '--out', backup]);
    expect(result.code, result.stderr).to.equal(0);
  });

  it('leaves the old directory, nothing, or the restored one', async () => {
    const place = path('place');
    const old = path('old');
    await cp(path('data'), old, { recursive: true, verbatimSymlinks: true });
    await writeFile(join(old, 'mine'), 'mine');
    const lay = async () => {
      for (const name of await readdir(processes.dir)) {
        if (name.startsWith('place')) await rm(path(name), { recursive: true });
      }
      await cp(old, place, { recursive: true, verbatimSymlinks: true });
    };
    const args = ['restore', backup, '--data-dir', place, '--replace'];
    await lay();
    const calls = await killedAt(0, place, args);
    expect(calls).to.be.greaterThan(20);
    const [was, restored] = [await digestOf(old), await digestOf(place)];
    const seen = new Set<string>();
    for (const n of pointsOf(calls)) {
      await lay();
      await killedAt(n, place, args);
      const now = await digestOf(place);
      const aside = (await readdir(processes.dir)).filter((name) => name.startsWith('place.before-restore'));
      expect([was, 'absent', restored], `killed before call ${n}`).to.include(now);
      if (now === was) expect(aside, `killed before call ${n}`).to.deep.equal([]);
      else expect(await digestOf(path(aside[0] ?? 'none')), `killed before call ${n}`).to.equal(was);
      seen.add(now === was ? 'old' : now === restored ? 'restored' : now);
    }
    expect([...seen].sort()).to.deep.equal(['absent', 'old', 'restored']);
    // What the killed ones have left is gone after the next one.
    await processes.cli(['backup', ...args]);
    const left = (await readdir(processes.dir)).filter((name) => name.startsWith('place.restoring'));
    expect(left).to.deep.equal([]);
  });

  it('leaves no file, or a whole one, and the next one cleans up', async () => {
    const target = path('again.tar.gz');
    const args = ['create', '--config', path('hub.yaml'), '--out', target];
    for (const below of [path('data'), target]) {
      const calls = await killedAt(0, below, args);
      await rm(target);
      for (const n of pointsOf(calls)) {
        await killedAt(n, below, args);
        if (!(await readdir(processes.dir)).includes('again.tar.gz')) continue;
        expect((await processes.cli(['backup', 'verify', target])).code, `killed before call ${n}`).to.equal(0);
        await rm(target);
      }
    }
    await processes.cli(['backup', ...args]);
    expect((await readdir(path('data'))).filter((name) => name.startsWith('backup-work'))).to.deep.equal([]);
  });
});
