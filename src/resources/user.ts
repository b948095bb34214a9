/** A user account. */
import { type Account, accountOf } from './accounts.ts';
import { ENSURE, isTemplated, optionalText, parentOf, succeeded, textOf } from './common.ts';
import type { ResourceHost } from './resource-host.ts';
import type { ResourceType, Spec } from './resource-type.ts';

// Names that the tools take without being forced to.
const NAME = /^[a-z_][a-z0-9_-]{0,30}\$?$/i;
const groupsOf = (spec: Spec): string[] =>
  Array.isArray(spec.groups) ? spec.groups.filter((group) => typeof group === 'string') : [];

function nameProblem(spec: Spec): string | undefined {
  const name = textOf(spec.user);
  return isTemplated(name) || NAME.test(name) ? undefined : `"${name}" is no name of a user`;
}

/** Number of the primary group that it should have. Throws if there is no such group. */
async function wantedGid(spec: Spec, host: ResourceHost): Promise<number | undefined> {
  const group = optionalText(spec.group);
  if (group === undefined) return undefined;
  const gid = /^\d+$/.test(group) ? Number(group) : await host.groupId(group);
  if (gid === undefined) throw new Error(`there is no group "${group}"`);
  return gid;
}

async function runTool(program: string, args: readonly string[], spec: Spec, host: ResourceHost): Promise<void> {
  // Not --root, which would look for the tool's own libraries there.
  const prefix = host.root === '/' ? [] : ['--prefix', host.root];
  if (host.root !== '/' && !(await host.facts('/etc/passwd')))
    throw new Error(`there is no /etc/passwd below ${host.root}`);
  succeeded(program, await host.run(program, [...prefix, ...args, '--', textOf(spec.user)]));
}

async function create(spec: Spec, host: ResourceHost): Promise<void> {
  const [home, group, groups] = [optionalText(spec.home), optionalText(spec.group), groupsOf(spec)];
  const args = [
    // The log of the real machine is none of a root's business.
    ...(host.root === '/' ? [] : ['--no-log-init']),
    ...(home === undefined ? [] : ['--home-dir', home, '--create-home']),
    ...(group === undefined ? [] : ['--gid', group]),
    ...(groups.length === 0 ? [] : ['--groups', groups.join(',')]),
    ...(spec.system === true ? ['--system'] : []),
  ];
  await runTool('useradd', [...args, ...common(spec)], spec, host);
}

async function change(spec: Spec, account: Account, host: ResourceHost): Promise<void> {
  const [home, group, groups] = [optionalText(spec.home), optionalText(spec.group), groupsOf(spec)];
  const moves = home !== undefined && home !== account.home;
  // usermod makes nothing above the new home, and fails if there is something in its place.
  const there =
    moves && (await host.facts(home)) === undefined && (await host.facts(account.home))?.kind === 'directory';
  if (there) await host.makeDirectory(parentOf(home));
  const regroups = group !== undefined && (await wantedGid(spec, host)) !== account.gid;
  if (regroups && host.root !== '/')
    throw new Error(
      `below ${host.root} the primary group of an account cannot be changed: usermod asks the real machine for it`,
    );
  const args = [
    ...(moves ? ['--home', home, ...(there ? ['--move-home'] : [])] : []),
    ...(regroups ? ['--gid', group] : []),
    ...(groups.length === 0 ? [] : ['--append', '--groups', groups.join(',')]),
  ];
  await runTool('usermod', [...args, ...common(spec)], spec, host);
}

function common(spec: Spec): string[] {
  const shell = optionalText(spec.shell);
  const uid = typeof spec.uid === 'number' ? ['--uid', String(spec.uid)] : [];
  return [...uid, ...(shell === undefined ? [] : ['--shell', shell])];
}

export const user: ResourceType = {
  name: 'user',
  summary: 'a user account',
  attributes: {
    user: { kind: 'text', summary: 'its name', required: true },
    ensure: ENSURE,
    uid: { kind: 'number', summary: 'its number' },
    group: { kind: 'text', summary: 'its primary group, which must be there; default: as the machine does it' },
    home: { kind: 'path', summary: 'its home directory, made with the account' },
    shell: { kind: 'path', summary: 'its shell' },
    groups: { kind: 'texts', summary: 'groups that it is in beside its own, and that must be there' },
    system: { kind: 'boolean', summary: 'an account for a program, not a person' },
  },
  validate(spec) {
    const message = nameProblem(spec);
    return message === undefined ? undefined : { attribute: 'user', message };
  },
  identify: (spec) => textOf(spec.user),
  async inspect(spec, host) {
    const problem = nameProblem(spec);
    if (problem !== undefined) throw new Error(problem);
    const account = await accountOf(textOf(spec.user), host);
    if (spec.ensure === 'absent') return account && 'it is there, should be absent';
    const gid = await wantedGid(spec, host);
    if (!account) return 'it is not there';
    if (typeof spec.uid === 'number' && spec.uid !== account.uid) return `uid is ${account.uid}, should be ${spec.uid}`;
    if (gid !== undefined && gid !== account.gid) return `primary group is ${account.gid}, should be ${gid}`;
    for (const name of ['home', 'shell'] as const) {
      const wanted = optionalText(spec[name]);
      if (wanted !== undefined && wanted !== account[name]) return `${name} is ${account[name]}, should be ${wanted}`;
    }
    const missing = groupsOf(spec).filter((group) => !account.groups.includes(group));
    return missing.length > 0 ? `it is not in ${missing.join(', ')}` : undefined;
  },
  async apply(spec, host) {
    const account = await accountOf(textOf(spec.user), host);
    if (spec.ensure === 'absent') await runTool('userdel', [], spec, host);
    else if (account) await change(spec, account, host);
    else await create(spec, host);
  },
};
