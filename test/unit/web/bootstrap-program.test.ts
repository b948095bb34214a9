/** Which files the agent's program is made of. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { packAgentProgram } from '../../../src/server/web/bootstrap/agent-program.ts';
import { reachedModules } from '../../../src/server/web/bootstrap/reached-modules.ts';

describe('the program that envoys get', () => {
  let root: string;
  const write = async (files: Record<string, string>) => {
    for (const [path, content] of Object.entries(files)) {
      await mkdir(dirname(join(root, path)), { recursive: true });
      await writeFile(join(root, path), content);
    }
  };
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'vigo-program-'));
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  it('has every file that its commands import, and what those import, and nothing else', async () => {
    const files = {
      'dist/a.js': ['dist/b.js', 'dist/deep/c.js'],
      'dist/b.js': [],
      'dist/deep/c.js': ['dist/a.js'],
      'dist/unreached.js': ['dist/b.js'],
    };
    await write(Object.fromEntries(Object.keys(files).map((path) => [path, `content of ${path}`])));
    await write({ 'dist/imports.json': JSON.stringify(files) });
    const reached = await reachedModules(root, ['dist/a.js']);
    expect([...reached.keys()].sort()).to.deep.equal(['dist/a.js', 'dist/b.js', 'dist/deep/c.js']);
    expect(String(reached.get('dist/b.js'))).to.equal('content of dist/b.js');
  });

  it('is not packed if the build does not know one of its files', async () => {
    await write({ 'dist/imports.json': '{}' });
    const refusal = await reachedModules(root, ['dist/a.js']).catch((error: unknown) => error);
    expect((refusal as Error).message).to.equal('dist/imports.json does not know dist/a.js');
  });

  it('is not packed from files of another version, or from none', async () => {
    await write({ 'package.json': JSON.stringify({ version: '2.0.0', oclif: { topics: { agent: {} } } }) });
    for (const [version, why] of [
      ['1.0.0', /it runs as 1\.0\.0, and its files are 2\.0\.0$/],
      ['2.0.0', /no such file or directory/],
    ] as const) {
      const refusal = await packAgentProgram(root, version).catch((error: unknown) => error);
      expect(refusal).to.include({ code: 'BOOTSTRAP_UNAVAILABLE' });
      expect((refusal as Error).message).to.match(why);
    }
  });
});
