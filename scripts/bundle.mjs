// Bundles the program: dist/, out of src/ and the packages that it needs, in few files, because a start has to open each of them.
import { glob, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { rolldown } from 'rolldown';

/** Which file imports which: "dist/cli/main.js" → paths below the root. */
const IMPORTS = 'dist/imports.json';
const LICENSES = 'dist/THIRD-PARTY.txt';
const LICENSE = /^(?:licen[cs]e|notice|copying)/i;

/** `root`: the folder of package.json. Throws when a source cannot be compiled, or something that it imports is not there. */
export async function bundleProgram(root) {
  const bundle = await rolldown({
    cwd: root,
    input: await entries(root),
    platform: 'node',
    // The framework looks for it only where it runs from sources in TypeScript.
    external: ['typescript'],
    // Packages in CommonJS expect them.
    transform: { define: { __filename: 'import.meta.filename', __dirname: 'import.meta.dirname' } },
    onLog(level, log) {
      if (level === 'warn') throw new Error(log.message);
    },
  });
  const { output } = await bundle.write({
    dir: join(root, 'dist'),
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: 'chunks/[name]-[hash].js',
  });
  await bundle.close();
  const chunks = output.filter(({ type }) => type === 'chunk');
  await writeFile(join(root, IMPORTS), json(importsOf(chunks)));
  await writeFile(join(root, LICENSES), await licensesOf(root, 'vigocli', chunks));
  await removeOrphans(root, new Set(chunks.map(({ fileName }) => fileName)));
}

const json = (value) => `${JSON.stringify(value, null, 1)}\n`;

/** One for each command, as the framework looks for them, and one for what finds the command. */
async function entries(root) {
  const input = { 'cli/main': 'src/cli/main.ts' };
  for await (const file of glob('commands/**/*.ts', { cwd: join(root, 'src') }))
    input[file.split(sep).join('/').replace(/\.ts$/, '')] = join('src', file);
  return input;
}

function importsOf(chunks) {
  const names = new Set(chunks.map(({ fileName }) => fileName));
  const sorted = chunks.toSorted((a, b) => (a.fileName < b.fileName ? -1 : 1));
  return Object.fromEntries(
    sorted.map(({ fileName, imports, dynamicImports }) => {
      const own = [...imports, ...dynamicImports].filter((name) => names.has(name));
      return [`dist/${fileName}`, [...new Set(own)].map((name) => `dist/${name}`).sort()];
    }),
  );
}

/** What the licenses of the packages ask for: that they go with the program. `chunks`: as the bundler gives them. */
export async function licensesOf(root, what, chunks) {
  const folders = new Set();
  for (const id of chunks.flatMap(({ moduleIds }) => moduleIds)) {
    const [, folder] = /^\0?(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(id) ?? [];
    if (folder) folders.add(folder);
  }
  const texts = await Promise.all([...folders].sort().map((folder) => licenseOf(root, folder)));
  return [`${what} contains code of ${texts.length} packages:\n`, ...texts].join('\n');
}

async function licenseOf(root, folder) {
  const { name, version, license } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
  if (!license) throw new Error(`${relative(root, folder)} does not say what its license is`);
  const entries = await readdir(folder, { withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && LICENSE.test(entry.name)).map((entry) => entry.name);
  const texts = await Promise.all(files.sort().map((file) => readFile(join(folder, file), 'utf8')));
  return [`${'-'.repeat(80)}\n${name} ${version}: ${license}\n`, ...texts.map((text) => `${text.trim()}\n`)].join('\n');
}

/** What was made of sources that are gone would still be found as commands. The web UI is there, too, and a build's stamps. */
async function removeOrphans(root, written) {
  const dist = join(root, 'dist');
  for await (const file of glob('**/*.{js,js.map}', { cwd: dist })) {
    const path = file.split(sep).join('/');
    if (!path.startsWith('web/') && !written.has(path)) await rm(join(dist, file));
  }
}
