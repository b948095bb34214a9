/** `npm pack` gives what the sources say, or nothing: never what an older build has left. */
import { cp, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { extract } from 'tar';
import '../support/built-product.ts';
import { packProduct } from '../support/packed-product.ts';

const ROOT = join(import.meta.dirname, '../..');
/** All that a build looks at, and the last build. */
const PARTS = [
  ...['bin', 'dist', 'scripts', 'src', 'web', 'README.md', 'oclif.manifest.json', 'package.json', 'package-lock.json'],
  ...['tsconfig.json', 'tsconfig.program.json'],
];
const SOURCE = 'src/fleet/envoy-status.ts';

async function codeBelow(folder: string): Promise<string> {
  const files = (await readdir(folder, { recursive: true })).filter((path) => path.endsWith('.js'));
  return (await Promise.all(files.map((path) => readFile(join(folder, path), 'utf8')))).join('\n');
}

describe('npm pack', function () {
  this.timeout(120_000);
  let clone: string;
  let original: string;

  before(async () => {
    clone = await mkdtemp(join(tmpdir(), 'vigo-packing-'));
    for (const part of PARTS)
      await cp(join(ROOT, part), join(clone, part), { recursive: true, preserveTimestamps: true });
    await symlink(join(ROOT, 'node_modules'), join(clone, 'node_modules'));
    original = await readFile(join(clone, SOURCE), 'utf8');
  });
  after(() => rm(clone, { recursive: true, force: true }));

  it('builds first, if the sources have changed since the last build', async () => {
    await writeFile(
      join(clone, SOURCE),
      `${original}\nObject.assign(globalThis, { changedSince: 'the last build' });\n`,
    );
    const { file } = await packProduct(clone, clone);
    await extract({ file, cwd: clone });
    expect(await codeBelow(join(clone, 'package/dist'))).to.include('the last build');
    await rm(file);
  });

  it('fails and leaves no package behind, if they cannot be built', async () => {
    await writeFile(join(clone, SOURCE), `${original}\nexport const broken: number = 'text';\n`);
    const refusal = await packProduct(clone, clone).then(
      () => 'packed',
      (error: { stdout: string; stderr: string }) => error.stdout + error.stderr,
    );
    expect(refusal).to.include("Type 'string' is not assignable to type 'number'");
    expect((await readdir(clone)).filter((name) => name.endsWith('.tgz'))).to.deep.equal([]);
  });
});
