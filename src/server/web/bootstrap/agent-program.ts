/**
 * The program that envoys get from their hub: of this very program what an agent needs, as one tar.gz.
 *
 * It is made of the files that the hub itself was installed from, so it is of the same version and needs no registry.
 * The same files give the same bytes, however the hub was installed.
 */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, VigoError } from '../../../fleet/errors.ts';
import { type TarFile, tarGz } from '../../../platform/tar-gz.ts';
import { reachedModules } from './reached-modules.ts';

export interface AgentProgram {
  readonly version: string;
  /** A tar.gz. */
  readonly bytes: Buffer;
  /** SHA-256 of it, lower-case hex. */
  readonly digest: string;
  /** What it takes on a disk, KiB. */
  readonly diskKib: number;
}

const PROGRAM = 'bin/run.js';
const UNIT = 'ops/systemd/vigo-agent.service';
const MANIFEST = 'oclif.manifest.json';
const COMMANDS = 'dist/commands/agent';
const LICENSES = 'dist/THIRD-PARTY.txt';
/** The time that npm gives to what it packs; some programs find an older one implausible. */
const TIME = new Date('1985-10-26T08:15:00.000Z');
const DISK_BLOCK = 4096;

interface ProgramJson {
  readonly version: string;
  readonly oclif: { readonly topics: { readonly agent: object } };
}

interface Manifest {
  readonly commands: Readonly<Record<string, object>>;
}

/** Throws BOOTSTRAP_UNAVAILABLE if the program was not built, or its files are of another version than `version`. */
export async function packAgentProgram(root: string, version: string): Promise<AgentProgram> {
  try {
    const program = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as ProgramJson;
    if (program.version !== version) throw unavailable(`it runs as ${version}, and its files are ${program.version}`);
    const files = await collect(root, program);
    const bytes = await tarGz(files, TIME);
    const blocks = files.reduce((sum, { content }) => sum + Math.ceil(content.length / DISK_BLOCK), files.length);
    return {
      version,
      bytes,
      digest: createHash('sha256').update(bytes).digest('hex'),
      diskKib: (blocks * DISK_BLOCK) / 1024,
    };
  } catch (error) {
    if (error instanceof VigoError) throw error;
    throw unavailable(messageOf(error), { cause: error });
  }
}

async function collect(root: string, program: ProgramJson): Promise<TarFile[]> {
  const commands = (await readdir(join(root, COMMANDS))).filter((name) => name.endsWith('.js')).sort();
  const entries = ['dist/cli/main.js', ...commands.map((name) => `${COMMANDS}/${name}`)];
  const files = await reachedModules(root, entries);
  return [
    { path: PROGRAM, content: await readFile(join(root, PROGRAM)), mode: 0o755 },
    ...[...files].map(([path, content]) => ({ path, content })),
    { path: 'package.json', content: json(packageJson(program)) },
    { path: MANIFEST, content: json(ofAgent(JSON.parse(await readFile(join(root, MANIFEST), 'utf8')))) },
    ...(await Promise.all([UNIT, LICENSES].map(async (path) => ({ path, content: await readFile(join(root, path)) })))),
  ];
}

const json = (value: object): Buffer => Buffer.from(`${JSON.stringify(value)}\n`);

const packageJson = ({ version, oclif }: ProgramJson): object => ({
  name: 'vigocli',
  version,
  type: 'module',
  bin: { vigocli: PROGRAM },
  oclif: { ...oclif, topics: { agent: oclif.topics.agent } },
});

const ofAgent = (manifest: Manifest): object => ({
  ...manifest,
  commands: Object.fromEntries(Object.entries(manifest.commands).filter(([id]) => id.startsWith('agent:'))),
});

const unavailable = (why: string, options?: ErrorOptions): VigoError =>
  new VigoError('BOOTSTRAP_UNAVAILABLE', `this server cannot give out the agent's program: ${why}`, options);
