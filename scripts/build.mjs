// Builds the product: dist/ (the program), dist/web (the web UI), oclif.manifest.json and completions/. Looks at no types: checks do.
// Does nothing when nothing has changed since the last build that succeeded; --force builds all the same.
import { createHash } from 'node:crypto';
import { access, glob, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleProgram, licensesOf } from './bundle.mjs';
import { writeCompletions } from './completions.mjs';
import { compressBelow } from './compress.mjs';
import { writeManifest } from './manifest.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, 'dist');

/** The two parts of a build: what each depends on, and what shows that it is there. */
const PROGRAM = {
  stamp: join(dist, '.build-stamp'),
  // The lockfile names the packages that go into it.
  files: [
    'package.json',
    'package-lock.json',
    'tsconfig.json',
    'scripts/build.mjs',
    'scripts/bundle.mjs',
    'scripts/completions.mjs',
    'scripts/manifest.mjs',
  ],
  globs: ['src/**/*.{ts,js}'],
  result: 'oclif.manifest.json',
};
const WEB = {
  stamp: join(dist, '.web-stamp'),
  files: ['package-lock.json', 'scripts/build.mjs', 'scripts/bundle.mjs', 'scripts/compress.mjs'],
  globs: ['web/**/*.{ts,tsx,js,css,html,svg,json}', 'src/gen/**/*.js'],
  result: 'dist/web/index.html',
};

/** Everything that the part's result depends on. */
async function inputDigest({ files: named, globs }) {
  const files = [...named];
  for await (const file of glob(globs, { cwd: root })) files.push(file);
  const digest = createHash('sha256');
  for (const file of files.sort()) {
    digest.update(`${file}\0`).update(
      createHash('sha256')
        .update(await readFile(join(root, file)))
        .digest(),
    );
  }
  return digest.digest('hex');
}

async function isUpToDate({ stamp, result }, digest) {
  try {
    await access(join(root, result));
    return (await readFile(stamp, 'utf8')) === digest;
  } catch {
    return false;
  }
}

const force = process.argv.includes('--force');

async function buildProgram() {
  await bundleProgram(root);
  await writeManifest(root);
  await writeCompletions(root);
}

async function buildWeb() {
  // Loaded only here: most builds leave the web UI as it is.
  const { build } = await import('vite');
  const { output } = await build({ configFile: join(root, 'web', 'vite.config.js'), logLevel: 'warn' });
  const chunks = output.filter(({ type }) => type === 'chunk');
  await writeFile(join(dist, 'web', 'THIRD-PARTY.txt'), await licensesOf(root, 'The web UI of vigocli', chunks));
  await compressBelow(join(dist, 'web'));
}

async function ifChanged(part, build) {
  const digest = await inputDigest(part);
  if (!force && (await isUpToDate(part, digest))) return;
  await rm(part.stamp, { force: true });
  await build();
  await writeFile(part.stamp, digest);
}

try {
  await ifChanged(PROGRAM, buildProgram);
  await ifChanged(WEB, buildWeb);
} catch (error) {
  process.stderr.write(`build: ${error.message}\n`);
  process.exitCode = 1;
}
