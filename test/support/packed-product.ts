/** The product as people install it: packed by npm, installed by npm into a place of its own, without what only its developers need. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

export interface PackedProduct {
  /** The .tgz. */
  readonly file: string;
  /** Bytes of it, and of what is in it. */
  readonly size: number;
  readonly unpackedSize: number;
  /** Paths in it, such as "bin/run.js". */
  readonly paths: readonly string[];
}

interface NpmPack {
  readonly filename: string;
  readonly size: number;
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string }[];
}

const run = promisify(execFile);
/** With a build before it, on a machine that is busy. */
const NPM_TIMEOUT_MS = 180_000;

/** `npm pack` in `root`. Rejects with what npm has said. */
export async function packProduct(root: string, into: string): Promise<PackedProduct> {
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', into], {
    cwd: root,
    timeout: NPM_TIMEOUT_MS,
    maxBuffer: 16 * 1024 * 1024,
  });
  // What the build prints comes first.
  const [packed] = JSON.parse(stdout.slice(stdout.search(/^\[/m))) as [NpmPack];
  return {
    file: join(into, packed.filename),
    size: packed.size,
    unpackedSize: packed.unpackedSize,
    paths: packed.files.map(({ path }) => path),
  };
}

/** `npm install --global` under `prefix`, which may be empty; returns the folder of the installed package. */
export async function installProduct(file: string, prefix: string): Promise<string> {
  // The program brings all that it needs: no registry is asked.
  const args = ['install', '--global', '--prefix', prefix, '--omit=dev', '--offline', '--no-audit', '--no-fund'];
  await run('npm', [...args, file], { cwd: prefix, timeout: NPM_TIMEOUT_MS });
  return join(prefix, 'lib/node_modules/vigocli');
}
