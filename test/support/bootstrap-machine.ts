/** A machine that is to become an envoy: a scratch root, and on its PATH nothing but the tools that a test gives it. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { lstat, mkdir, readdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { findTool } from './find-tool.ts';

export interface BootstrapMachine {
  /** What stands for "/". */
  readonly root: string;
  /** Folder of its tools. */
  readonly path: string;
  /** What `sh` is given on standard input, through a pipe; `env` on top of the machine's. */
  run(script: string, env?: NodeJS.ProcessEnv, shell?: string): Promise<BootstrapResult>;
  /** "curl -k URL/bootstrap | sh", or with wget where there is no curl. */
  bootstrap(hubUrl: string, env?: NodeJS.ProcessEnv, shell?: string): Promise<BootstrapResult>;
  /** Puts a tool of its own making on its PATH. */
  tool(name: string, script: string): Promise<void>;
  /** The arguments with which its Node was started, a line each. */
  nodeArguments(): Promise<string>;
  /** All that is below its root: kind, mode, time of change, and content. */
  listing(): Promise<Record<string, string>>;
  /** Path of the installed command. */
  readonly vigocli: string;
  readonly stateDir: string;
}

export interface BootstrapResult {
  readonly code: number | null;
  /** stdout and stderr. */
  readonly output: string;
}

const TOOLS = [
  ...[
    'sh',
    'dash',
    'bash',
    'curl',
    'wget',
    'tar',
    'gzip',
    'sed',
    'mktemp',
    'cat',
    'mkdir',
    'mv',
    'rm',
    'ln',
    'readlink',
  ],
  ...['chmod', 'dirname', 'df', 'id', 'grep', 'sleep', 'nohup', 'openssl'],
];
const TIMEOUT_MS = 90_000;

export interface MachineOptions {
  /** Tools that it has not. */
  readonly without?: readonly string[];
}

/** Tools that this very machine has not are not there either. */
export async function createBootstrapMachine(
  dir: string,
  { without = [] }: MachineOptions = {},
): Promise<BootstrapMachine> {
  const root = join(dir, 'root');
  const path = join(dir, 'tools');
  const nodeLog = join(dir, 'node-arguments');
  await mkdir(path, { recursive: true });
  await mkdir(join(dir, 'home'));
  await mkdir(join(dir, 'tmp'));
  const tool = async (name: string, script: string) => {
    // It may be a link to this machine's own: never to be written through.
    await rm(join(path, name), { force: true });
    await writeFile(join(path, name), `#!/bin/sh\n${script}\n`, { mode: 0o755, flag: 'wx' });
  };
  for (const name of TOOLS) {
    const found = without.includes(name) ? undefined : await findTool(name);
    if (found) await symlink(found, join(path, name));
  }
  if (!without.includes('node')) await tool('node', `printf '%s\\n' "$*" >>${nodeLog}\nexec ${process.execPath} "$@"`);

  const sh = (command: string, env: NodeJS.ProcessEnv, input: string): Promise<BootstrapResult> =>
    new Promise((resolve, reject) => {
      const child = spawn('/bin/sh', ['-c', command], {
        env: { PATH: path, HOME: join(dir, 'home'), TMPDIR: join(dir, 'tmp'), VIGO_ROOT: root, ...env },
        stdio: ['pipe', 'pipe', 'pipe'],
        timeout: TIMEOUT_MS,
      });
      let output = '';
      for (const stream of [child.stdout, child.stderr])
        stream.setEncoding('utf8').on('data', (text: string) => (output += text));
      child.on('error', reject);
      child.on('close', (code) => resolve({ code, output }));
      // A script that ends early does not read the rest.
      child.stdin.on('error', () => undefined);
      child.stdin.end(input);
    });
  return {
    root,
    path,
    vigocli: join(root, 'usr/local/bin/vigocli'),
    stateDir: join(root, 'var/lib/vigo'),
    tool,
    run: (script, env = {}, shell = 'sh') => sh(shell, env, script),
    bootstrap(hubUrl, env = {}, shell = 'sh') {
      const fetch = without.includes('curl') ? 'wget -q --no-check-certificate -O -' : 'curl -fsSk';
      return sh(`${fetch} ${hubUrl}/bootstrap | ${shell}`, env, '');
    },
    nodeArguments: () => readFile(nodeLog, 'utf8'),
    listing: () => listingOf(root),
  };
}

async function listingOf(root: string): Promise<Record<string, string>> {
  const names = await readdir(root, { recursive: true }).catch(() => [] as string[]);
  const rows = names.sort().map(async (name) => {
    const file = join(root, name);
    const stat = await lstat(file);
    const content = stat.isSymbolicLink()
      ? await readlink(file)
      : stat.isFile()
        ? createHash('sha256')
            .update(await readFile(file))
            .digest('hex')
        : 'folder';
    return [relative(root, file), `${stat.mode.toString(8)} ${stat.mtimeMs} ${content}`] as const;
  });
  return Object.fromEntries(await Promise.all(rows));
}

/** What differs between two listings; empty if nothing does. */
export function changes(before: Record<string, string>, after: Record<string, string>): string[] {
  if (isDeepStrictEqual(before, after)) return [];
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((name) => before[name] !== after[name])
    .map((name) => `${name}: ${before[name]} -> ${after[name]}`);
}
