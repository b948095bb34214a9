/** Which modules and packages the agent's program is made of, and where they are put. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { packAgentProgram } from '../../../src/server/web/bootstrap/agent-program.ts';
import { packageTree } from '../../../src/server/web/bootstrap/package-tree.ts';
import { reachedModules } from '../../../src/server/web/bootstrap/reached-modules.ts';

describe('the program that envoys get', () => {
  let root: string;
  const write = async (files: Record<string, string>) => {
    for (const [path, content] of Object.entries(files)) {
      await mkdir(dirname(join(root, path)), { recursive: true });
      await writeFile(join(root, path), content);
    }
  };
  const packageJson = (version: string, more: object = {}) => JSON.stringify({ version, ...more });
  /** Path → version of what is put there. */
  const placed = async (names: string[]) =>
    Object.fromEntries(
      (await packageTree(root, names)).map(({ path, folder }) => [path, folder.slice(root.length + 1)]),
    );

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'vigo-program-'));
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  it('has every file that its commands import, and what those import, and nothing else', async () => {
    const files = {
      'dist/a.js': ['dist/b.js', 'dist/deep/c.js', '@oclif/core/flags', '@oclif/core/args', 'pino'],
      'dist/b.js': ['yaml'],
      'dist/deep/c.js': ['dist/a.js'],
      'dist/unreached.js': ['zod'],
    };
    await write(Object.fromEntries(Object.keys(files).map((path) => [path, `content of ${path}`])));
    await write({ 'dist/imports.json': JSON.stringify(files) });
    const reached = await reachedModules(root, ['dist/a.js']);
    expect([...reached.files.keys()].sort()).to.deep.equal(['dist/a.js', 'dist/b.js', 'dist/deep/c.js']);
    expect(String(reached.files.get('dist/b.js'))).to.equal('content of dist/b.js');
    expect(reached.packages).to.deep.equal(['@oclif/core', 'pino', 'yaml']);
  });

  it('is not packed if the build does not know one of its files', async () => {
    await write({ 'dist/imports.json': '{}' });
    const refusal = await reachedModules(root, ['dist/a.js']).catch((error: unknown) => error);
    expect((refusal as Error).message).to.equal('dist/imports.json does not know dist/a.js');
  });

  it('puts each package where who needs it finds its version, however npm has installed them', async () => {
    await write({
      'node_modules/a/package.json': packageJson('1', {
        dependencies: { c: '1', d: '*' },
        optionalDependencies: { none: '*' },
      }),
      'node_modules/a/node_modules/c/package.json': packageJson('1'),
      'node_modules/b/package.json': packageJson('1', {
        peerDependencies: { c: '*', may: '*' },
        peerDependenciesMeta: { may: { optional: true } },
      }),
      'node_modules/b/node_modules/d/package.json': packageJson('9'),
      'node_modules/c/package.json': packageJson('2'),
      'node_modules/d/package.json': packageJson('1', { dependencies: { c: '2', a: '*' } }),
      'node_modules/unneeded/package.json': packageJson('1'),
    });
    expect(await placed(['a', 'b'])).to.deep.equal({
      'node_modules/a': 'node_modules/a',
      'node_modules/b': 'node_modules/b',
      'node_modules/c': 'node_modules/a/node_modules/c',
      'node_modules/d': 'node_modules/d',
      'node_modules/b/node_modules/c': 'node_modules/c',
      'node_modules/d/node_modules/c': 'node_modules/c',
    });
  });

  it('says which package is missing', async () => {
    await write({ 'node_modules/a/package.json': packageJson('1', { dependencies: { gone: '1' } }) });
    const refusal = await packageTree(root, ['a']).catch((error: unknown) => error);
    expect(refusal).to.include({ code: 'BOOTSTRAP_UNAVAILABLE' });
    expect((refusal as Error).message).to.match(/ gone, which .*node_modules\/a needs, is not installed$/);
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
