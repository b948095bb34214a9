/**
 * Loaded into a process before the program (`--import`): it dies by SIGKILL just before its n-th call that changes something
 * below a directory. KILL_BELOW: the beginning of such paths. KILL_AT: n; 0: never, and the number of calls is written to
 * KILL_COUNT.
 */
import fs from 'node:fs';
import promises from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';

const below = process.env.KILL_BELOW ?? '';
const at = Number(process.env.KILL_AT);
const { writeFileSync } = fs;
let calls = 0;

function note(paths: readonly unknown[]): void {
  if (!paths.some((path) => typeof path === 'string' && path.startsWith(below))) return;
  if (++calls !== at) return;
  process.kill(process.pid, 'SIGKILL');
  // The call is not made in the moment that the signal needs.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

// biome-ignore lint/suspicious/noExplicitAny: the functions of a module, whatever they take
type Functions = Record<string, (...args: any[]) => unknown>;

function patch(module: object, names: readonly string[]): void {
  const functions = module as Functions;
  for (const name of names) {
    const original = functions[name] as Functions[string];
    functions[name] = (...args) => {
      note(args.slice(0, 2));
      return original(...args);
    };
  }
}

const CHANGING = ['chmod', 'link', 'mkdir', 'open', 'rename', 'rm', 'symlink', 'writeFile'];
patch(promises, CHANGING);
patch(fs, ['createWriteStream', ...CHANGING.map((name) => `${name}Sync`)]);
syncBuiltinESMExports();
process.on('exit', () => {
  if (at === 0) writeFileSync(process.env.KILL_COUNT ?? '', String(calls));
});
