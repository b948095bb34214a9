// Runs one of the project's tasks after making sure that what it needs is there: `npm run demo`, `npm test`, ...
//
// Plain JavaScript for Node 20 or newer: on a fresh clone nothing else is installed yet. Installs what the lockfile names
// when node_modules does not match it, then hands over to the Node that came with it.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(root, 'node_modules');
const stamp = join(modules, '.cache', 'installed-lockfile');
const node = join(modules, '.bin', process.platform === 'win32' ? 'node.cmd' : 'node');

/** Ends this process with the status of `command` if it failed. */
function run(command, args) {
  const result = spawnSync(command, args, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, PATH: `${join(modules, '.bin')}:${process.env.PATH}` },
  });
  if (result.error) {
    console.error(`cannot run ${command}: ${result.error.message}`);
    process.exit(1);
  }
  if (result.signal) process.kill(process.pid, result.signal);
  if (result.status !== 0) process.exit(result.status ?? 1);
}

function install() {
  const wanted = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  if (existsSync(stamp) && existsSync(node) && readFileSync(stamp, 'utf8') === wanted) return;
  console.error('installing dependencies (once, about half a minute) ...');
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
  if (!existsSync(node)) {
    console.error(
      'the package "node" has not brought its binary: npm must be allowed to run its install script (npm config get ignore-scripts)',
    );
    process.exit(1);
  }
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, wanted);
}

const [task, ...args] = process.argv.slice(2);
const TASKS = {
  /** A hub, spokes and agents on this machine. */
  demo: () => {
    run(node, ['scripts/build.mjs']);
    run(node, ['bin/run.js', 'demo', ...args]);
  },
  /** Every suite, or those whose files are named. */
  test: () => {
    run(node, ['scripts/build.mjs']);
    run(node, ['scripts/test.mjs', ...args]);
  },
  /** A fleet of real processes that keeps breaking. */
  chaos: () => {
    run(node, ['scripts/build.mjs']);
    run(node, ['test/chaos/run.ts', ...args]);
  },
  /** docs/screenshots/, from the demo's fleet. */
  screenshots: () => {
    run(node, ['scripts/build.mjs']);
    run(node, ['scripts/screenshots.mjs', ...args]);
  },
  build: () => run(node, ['scripts/build.mjs', ...args]),
  /** What is packed has been checked, and is never what an older build has left. */
  prepack: () => {
    run(node, ['node_modules/typescript-native/bin/tsc', '-p', 'tsconfig.program.json']);
    run(node, ['scripts/build.mjs']);
  },
  check: () => run(node, ['scripts/check.mjs', ...args]),
  bench: () => {
    run(node, ['scripts/build.mjs']);
    run(node, ['bench/run.ts', ...args]);
  },
};
if (!Object.hasOwn(TASKS, task)) {
  console.error(`unknown task ${task}; known: ${Object.keys(TASKS).join(', ')}`);
  process.exit(2);
}
install();
TASKS[task]();
