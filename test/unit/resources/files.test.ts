// Files, directories, links and lines from any starting state: right behind one run, or untouched and told why; the same behind two.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, lstat, mkdir, mkdtemp, readdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import type { Spec } from '../../../src/resources/resource-type.ts';
import { hasTools, useTempRoot } from './temp-root.ts';

const RUNS = 150;
const text = fc.oneof(
  fc.constantFrom('', 'one', 'one\n', 'one\r\ntwo', 'two\none\n\n', '\ufeffone\n', 'key=1\nkey=2\n'),
  fc.string({ unit: 'grapheme', maxLength: 40 }),
);
const name = fc.constantFrom('a', 'b c', 'ä', '.hidden', 'x'.repeat(255));
const path = fc.oneof(
  name.map((one) => `/${one}`),
  fc.tuple(fc.constantFrom('dir', 'missing', 'link'), name).map(([parent, one]) => `/${parent}/${one}`),
);
const mode = fc.constantFrom('0644', '0600', '0755', '4755', '000');
const ensure = fc.constantFrom('present', 'absent');

/** What is at the path before. */
const start = fc.oneof(
  fc.record({ kind: fc.constantFrom('nothing', 'directory', 'full directory') }),
  fc.record({ kind: fc.constant('file'), content: text, mode: fc.constantFrom(0o644, 0o600, 0o777) }),
  fc.record({ kind: fc.constant('bytes') }),
  fc.record({ kind: fc.constant('link'), to: fc.constantFrom('a', '/etc/passwd', 'nowhere') }),
  fc.record({ kind: fc.constant('pipe') }),
);
type Start = typeof start extends fc.Arbitrary<infer T> ? T : never;

const specs: fc.Arbitrary<readonly [type: string, spec: Spec]> = fc.oneof(
  fc
    .record({ target_path: path, ensure, content: text, mode }, { requiredKeys: ['target_path', 'ensure', 'content'] })
    .map((spec) => ['file', spec] as const),
  fc
    .record({ target_path: path, ensure, mode }, { requiredKeys: ['target_path', 'ensure'] })
    .map((spec) => ['directory', spec] as const),
  fc
    .record({ target_path: path, ensure, to: fc.constantFrom('a', '../b', '/etc/hosts') })
    .map((spec) => ['symlink', spec] as const),
  fc
    .record(
      {
        target_path: path,
        ensure,
        line: text.map((one) => one.replaceAll('\n', ' ')),
        match: fc.constantFrom('^key=', 'o', '$'),
      },
      { requiredKeys: ['target_path', 'ensure', 'line'] },
    )
    .map((spec) => ['line', spec] as const),
);

describe('files, directories, links and lines', function () {
  this.timeout(60_000);
  const system = useTempRoot();

  async function lay(begin: Start, at: string): Promise<void> {
    if (begin.kind === 'file') await writeFile(at, begin.content, { mode: begin.mode });
    if (begin.kind === 'bytes') await writeFile(at, Buffer.from([0xff, 0xfe, 0x00]));
    if (begin.kind === 'link') await symlink(begin.to, at);
    if (begin.kind === 'directory' || begin.kind === 'full directory') await mkdir(at);
    if (begin.kind === 'full directory') await writeFile(join(at, 'inside'), 'x');
    if (begin.kind === 'pipe' && hasTools('mkfifo'))
      execFileSync('/bin/sh', ['-c', 'mkfifo "$0"', at], { stdio: 'ignore' });
  }
  /** All that is below, in full. */
  async function snapshot(root: string): Promise<string[]> {
    const paths = (await readdir(root, { recursive: true })).sort();
    return Promise.all(
      paths.map(async (one) => {
        const stats = await lstat(join(root, one));
        const content = stats.isFile() ? (await readFile(join(root, one))).toString('hex') : '';
        return `${one} ${stats.mode.toString(8)} ${stats.isSymbolicLink() ? await readlink(join(root, one)) : content}`;
      }),
    );
  }

  it('are right behind one run and left alone by the next, whatever was there before', async () => {
    const outcomes = new Set<string>();
    await fc.assert(
      fc.asyncProperty(start, specs, async (begin, [type, spec]) => {
        const root = await mkdtemp(join(system.root, 'run-'));
        await mkdir(join(root, 'dir'));
        await symlink('dir', join(root, 'link'));
        await lay(begin, join(root, String(spec.target_path))).catch(() => undefined);
        const before = await snapshot(root);
        const first = await system.converge(type, spec, { root });
        const after = await snapshot(root);
        const second = await system.converge(type, spec, { root });
        outcomes.add(first.outcome);
        expect(await snapshot(root), second.message).to.deep.equal(after);
        expect(after.join('\n')).to.not.include('.vigo');
        if (first.outcome === 'failed') {
          expect(second).to.deep.include({ outcome: 'failed', message: first.message });
          expect(after, first.message).to.deep.equal(before);
        } else {
          expect(second).to.deep.include({ outcome: 'ok', message: '' });
          if (first.outcome === 'ok') expect(after).to.deep.equal(before);
        }
        await rm(root, { recursive: true });
      }),
      { numRuns: RUNS },
    );
    expect([...outcomes].sort()).to.deep.equal(['changed', 'failed', 'ok']);
  });

  it('leave nothing half-written behind when they fail, and clear away what a killed agent has left', async () => {
    await mkdir(join(system.root, 'etc'));
    expect((await system.converge('line', { target_path: '/nowhere/x', line: 'x' })).message).to.equal(
      '/nowhere is not there',
    );
    const spec = { target_path: '/etc/conf', content: 'x' };
    await system.converge('file', spec);
    const names = await readdir(join(system.root, 'etc'));
    expect(names).to.deep.equal(['conf']);
    await system.write('etc/conf', 'altered');
    const temporary = `.${createHash('sha256').update('conf').digest('hex').slice(0, 16)}.vigo`;
    await system.write(`etc/${temporary}`, 'half of a fi', 0o400);
    expect(await system.twice('file', spec)).to.equal('changed: its content is another; ok');
    expect(await readdir(join(system.root, 'etc'))).to.deep.equal(['conf']);
  });

  it('never do away with the root, and only the type directory does away with directories', async () => {
    await system.write('srv/data/file', 'x');
    for (const target_path of ['/', '//', '/srv/..', '/.']) {
      const report = await system.converge('directory', { target_path, ensure: 'absent' });
      expect(report).to.include({ outcome: 'failed', message: '"/" is never removed' });
    }
    for (const type of ['file', 'symlink']) {
      const report = await system.converge(type, { target_path: '/srv/data', ensure: 'absent' });
      expect(report.message).to.equal('/srv/data is a directory; remove it first');
    }
    expect(await system.read('srv/data/file')).to.equal('x');
    expect((await system.converge('directory', { target_path: '/srv/data/', ensure: 'absent' })).outcome).to.equal(
      'changed',
    );
  });

  it('are not read through a link that leads out of the root', async () => {
    await symlink('/etc/passwd', join(system.root, 'accounts'));
    const report = await system.converge('line', { target_path: '/accounts', line: 'x' });
    expect(report.message).to.equal('/accounts is a link, should be a file');
    expect(await readlink(join(system.root, 'accounts'))).to.equal('/etc/passwd');
  });

  it('keep mode and, where it may be kept, owner of a file that is changed', async () => {
    await system.write('conf', 'old\n', 0o640);
    await chmod(join(system.root, 'conf'), 0o2640);
    await system.converge('line', { target_path: '/conf', line: 'new' });
    expect((await lstat(join(system.root, 'conf'))).mode & 0o7777).to.equal(0o2640);
    expect(await system.read('conf')).to.equal('old\nnew\n');
  });
});
