/**
 * The product as users start it: built, as processes. Importing this file in a suite builds it once, before the first test;
 * outside of one, whoever starts has built it.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');

/** What `node` is given to run the program. */
export const PROGRAM = join(root, 'bin/run.js');

/** Compiled code is kept here from run to run: with a cold cache, every process takes twice as long to start. */
export const CODE_CACHE = join(root, 'node_modules/.cache/e2e');

if (typeof before === 'function') {
  before('build the product', function () {
    // The compiler takes some seconds; a build that is up to date takes none.
    this.timeout(120_000);
    const build = spawnSync(process.execPath, [join(root, 'scripts/build.mjs')], { encoding: 'utf8' });
    if (build.status !== 0) throw new Error(`the build failed:\n${build.stdout}${build.stderr}`);
  });
}
