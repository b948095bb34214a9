// Builds the product: dist/ (compiled sources and generated code), dist/web (the web UI), oclif.manifest.json and completions/.
// Does nothing when nothing has changed since the last build that succeeded; --force builds all the same.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, cp, glob, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeCompletions } from './completions.mjs';
import { writeManifest } from './manifest.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, 'dist');

/** The two parts of a build: what each depends on, and what shows that it is there. */
const PROGRAM = {
  stamp: join(dist, '.build-stamp'),
  files: [
    'package.json',
    'tsconfig.json',
    'tsconfig.build.json',
    'scripts/build.mjs',
    'scripts/completions.mjs',
    'scripts/manifest.mjs',
  ],
  globs: ['src/**/*.{ts,js}'],
  result: 'oclif.manifest.json',
};
const WEB = {
  stamp: join(dist, '.web-stamp'),
  // The lockfile names the libraries that go into it.
  files: ['package-lock.json', 'scripts/build.mjs'],
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

function compile() {
  const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  const { status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' });
  if (status !== 0) throw new Error('compilation failed');
}

/** tsc leaves JavaScript alone, and the generated code is JavaScript. */
async function copyGenerated() {
  for await (const file of glob('gen/**/*.js', { cwd: join(root, 'src') })) {
    await mkdir(dirname(join(dist, file)), { recursive: true });
    await cp(join(root, 'src', file), join(dist, file));
  }
}

/** What was compiled from sources that are gone would still be found as commands. */
async function removeOrphans() {
  const sources = new Set();
  for await (const file of glob('**/*.{ts,js}', { cwd: join(root, 'src') })) sources.add(file.replace(/\.[tj]s$/, ''));
  for await (const file of glob('**/*.{js,js.map}', { cwd: dist })) {
    if (file.startsWith('web/')) continue;
    if (!sources.has(file.replace(/\.js(\.map)?$/, ''))) await rm(join(dist, file));
  }
}

const force = process.argv.includes('--force');

async function buildProgram() {
  // What the compiler believes to have written.
  if (force) await rm(join(dist, '.tsbuildinfo'), { force: true });
  compile();
  await copyGenerated();
  await removeOrphans();
  await writeManifest(root);
  await writeCompletions(root);
}

async function buildWeb() {
  // Loaded only here: most builds leave the web UI as it is.
  const { build } = await import('vite');
  await build({ configFile: join(root, 'web', 'vite.config.js'), logLevel: 'warn' });
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
