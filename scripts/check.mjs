// Everything that can be said about the code without running it; all checks run, so that one round shows all faults.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

function run(command, args, cwd = root) {
  const { status } = spawnSync(command, args, { cwd, stdio: 'inherit' });
  return status === 0;
}

/** Generates anew in a copy and compares. */
function generatedCodeIsUpToDate() {
  const copy = mkdtempSync(join(tmpdir(), 'vigo-gen-'));
  try {
    for (const name of ['proto', 'buf.yaml', 'buf.gen.yaml'])
      cpSync(join(root, name), join(copy, name), { recursive: true });
    return run('buf', ['generate'], copy) && run('diff', ['-r', join(copy, 'src', 'gen'), join(root, 'src', 'gen')]);
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

// The compiler in machine code looks at types in a quarter of the time; what reads the compiler as a library needs the other.
const tsc = (project) => run(process.execPath, ['node_modules/typescript-native/bin/tsc', '-p', project]);

const CHECKS = {
  'format and lint': () => run('biome', ['check', '--error-on-warnings', '.']),
  types: () => tsc('.'),
  'types of the web UI': () => tsc('web'),
  'promises and exhaustiveness': () =>
    run('eslint', ['--cache', '--cache-location', 'node_modules/.cache/eslint/', 'src', 'test', 'bench', 'web']),
  'import rules': () => run('depcruise', ['--config', '.dependency-cruiser.js', 'src', 'web/src']),
  'shell scripts': () => run(process.execPath, ['scripts/lint-shell.mjs']),
  'dead code': () => run('knip', []),
  protocol: () => run('buf', ['lint']),
  'generated code (npx buf generate)': generatedCodeIsUpToDate,
};

const only = process.argv.slice(2);
const failed = [];
for (const [name, check] of Object.entries(CHECKS)) {
  if (only.length > 0 && !only.some((word) => name.includes(word))) continue;
  console.log(`--- ${name}`);
  if (!check()) failed.push(name);
}
console.log(failed.length === 0 ? 'all checks passed' : `failed: ${failed.join(', ')}`);
process.exitCode = failed.length === 0 ? 0 : 1;
