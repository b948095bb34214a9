/** What is in front of the PATH of a machine: the program as it is built, and stand-ins for what only a real machine has. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PROGRAM } from '../built-product.ts';
import type { Machine } from './machines.ts';

const ASK = join(import.meta.dirname, 'ask.mjs');

/** Writes them to a folder of this machine's own, and returns it. */
export async function writeTools(dir: string, machine: Machine, socketFile: string): Promise<string> {
  const bin = join(dir, 'bin', machine.name);
  await mkdir(bin, { recursive: true });
  const node = `exec '${process.execPath}'`;
  const ask = (tool: string) => `${node} '${ASK}' '${socketFile}' '${machine.name}' ${tool} "$@"`;
  const tools = {
    vigocli: `${node} '${PROGRAM}' "$@"`,
    systemctl: ask('systemctl'),
    npm: ask('npm'),
    // Everything here belongs to whoever runs the suite.
    chown: 'exit 0',
  };
  for (const [name, script] of Object.entries(tools))
    await writeFile(join(bin, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return bin;
}
