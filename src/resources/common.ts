/** What several types have in common: attributes, and what is done about them. */
import type { CommandResult, FileFacts, ResourceHost } from './resource-host.ts';
import type { Attribute, Spec } from './resource-type.ts';

export const TARGET_PATH: Attribute = { kind: 'path', summary: 'where it is', required: true };
export const ENSURE: Attribute = {
  kind: 'text',
  summary: 'whether it is there; default present',
  oneOf: ['present', 'absent'],
};
export const OWNERSHIP = {
  mode: { kind: 'mode', summary: 'permissions; left as they are if not given' },
  owner: { kind: 'text', summary: 'user who owns it, by name or number' },
  group: { kind: 'text', summary: 'group that owns it, by name or number' },
} as const satisfies Record<string, Attribute>;

/** An attribute that must be a text by now, for `identify`. */
export const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Undefined for what is no text. */
export const optionalText = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/** The directory that a path is in. */
export const parentOf = (path: string): string => path.replace(/\/[^/]*\/*$/, '') || '/';

/** Rendered for each envoy: what it will be is not known while stacks are checked. */
export const isTemplated = (text: string): boolean => text.includes('{{') || text.includes('{%');

const octal = (mode: number): string => mode.toString(8).padStart(4, '0');
/** Undefined if the mode is left as it is. */
export const modeOf = (spec: Spec): number | undefined =>
  typeof spec.mode === 'string' ? Number.parseInt(spec.mode, 8) : undefined;

/** Mode, owner and group as they should be: numbers. Throws for a name that the machine does not know. */
async function wantedOwnership(spec: Spec, facts: FileFacts, host: ResourceHost) {
  const idOf = async (kind: 'user' | 'group', name: unknown, present: number) => {
    if (typeof name !== 'string') return present;
    const id = /^\d+$/.test(name) ? Number(name) : await (kind === 'user' ? host.userId(name) : host.groupId(name));
    if (id === undefined) throw new Error(`there is no ${kind} "${name}"`);
    return id;
  };
  return {
    mode: modeOf(spec) ?? facts.mode,
    uid: await idOf('user', spec.owner, facts.uid),
    gid: await idOf('group', spec.group, facts.gid),
  };
}

const NOUNS = { file: 'a file', directory: 'a directory', symlink: 'a link', other: 'neither file nor directory' };

/** What is there, in words: "a directory". */
export const nounOf = ({ kind }: FileFacts): string => NOUNS[kind];

/** Only the type `directory` does away with directories, and all that is in them. Throws. */
export function refuseDirectory(path: string, facts: FileFacts | undefined): void {
  if (facts?.kind === 'directory') throw new Error(`${path} is a directory; remove it first`);
}

/** What is wrong with mode, owner and group. */
export async function inspectOwnership(spec: Spec, facts: FileFacts, host: ResourceHost): Promise<string | undefined> {
  const wanted = await wantedOwnership(spec, facts, host);
  if (wanted.mode !== facts.mode) return `mode is ${octal(facts.mode)}, should be ${octal(wanted.mode)}`;
  if (wanted.uid !== facts.uid) return `owner is ${facts.uid}, should be ${wanted.uid}`;
  return wanted.gid === facts.gid ? undefined : `group is ${facts.gid}, should be ${wanted.gid}`;
}

export async function applyOwnership(spec: Spec, path: string, host: ResourceHost): Promise<void> {
  const facts = await host.facts(path);
  if (!facts) return;
  const { mode, uid, gid } = await wantedOwnership(spec, facts, host);
  if (uid !== facts.uid || gid !== facts.gid) await host.setOwner(path, uid, gid);
  // After the owner: changing that clears some bits.
  if (mode !== facts.mode || uid !== facts.uid || gid !== facts.gid) await host.setMode(path, mode);
}

/** Throws with what the program said, if it has failed. */
export function succeeded(what: string, { exitCode, stdout, stderr }: CommandResult): CommandResult {
  if (exitCode === 0) return { exitCode, stdout, stderr };
  const said = (stderr.trim() || stdout.trim()).slice(-500);
  throw new Error(`${what} ended with ${exitCode ?? 'a signal'}${said ? `: ${said}` : ''}`);
}

/** Milliseconds; undefined for the host's own limit. */
export const timeoutOf = (spec: Spec): { timeoutMs?: number } =>
  typeof spec.timeout === 'number' ? { timeoutMs: spec.timeout * 1000 } : {};
