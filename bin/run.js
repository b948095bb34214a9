#!/usr/bin/env node
// The built program. Looks at the Node version before anything modern is loaded, so all imports are inside.

// Node 24 brings node:sqlite and the language that dist/ is compiled to.
const REQUIRED_MAJOR = 24;

async function main() {
  if (Number(process.versions.node.split('.')[0]) < REQUIRED_MAJOR) {
    throw new Error(
      `vigocli needs Node.js ${REQUIRED_MAJOR} or newer; this is ${process.versions.node}. ` +
        'In a clone, "npx vigocli ..." takes the right one, which npm has installed there; ' +
        'elsewhere get it from https://nodejs.org/en/download',
    );
  }
  const { existsSync } = await import('node:fs');
  const { dirname, join } = await import('node:path');
  const { fileURLToPath } = await import('node:url');
  const root = dirname(dirname(fileURLToPath(import.meta.url)));
  if (!existsSync(join(root, 'dist', 'cli', 'main.js'))) {
    throw new Error(`vigocli is not built yet: run "npm run build" in ${root}`);
  }
  await cacheCompiledCode(join);
  const { runCli } = await import('../dist/cli/main.js');
  await runCli({ root, argv: process.argv.slice(2) });
}

// Compiled code is kept per user: without it, start-up takes about twice as long.
async function cacheCompiledCode(join) {
  if (process.env.NODE_COMPILE_CACHE) return; // Node itself has done it.
  const { enableCompileCache } = await import('node:module');
  const { homedir } = await import('node:os');
  try {
    // Where the directory cannot be written it says so in its result, and the program starts without a cache.
    enableCompileCache(join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'vigocli', 'compiled'));
  } catch {
    // No home directory: start without a cache.
  }
}

main().catch((error) => {
  process.stderr.write(`Error: ${error.message}\n`);
  process.exitCode = 1;
});
