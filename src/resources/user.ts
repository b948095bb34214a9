/** A user account. */
import { ENSURE, optionalText, succeeded, textOf } from './common.ts';
import type { ResourceHost } from './resource-host.ts';
import type { ResourceType, Spec } from './resource-type.ts';

const groupsOf = (spec: Spec): string[] =>
  Array.isArray(spec.groups) ? spec.groups.filter((group) => typeof group === 'string') : [];

/** As /etc/passwd and /etc/group have it. */
async function accountOf(spec: Spec, host: ResourceHost) {
  const name = textOf(spec.user);
  const rows = async (path: string) => {
    const text = (await host.facts(path)) ? new TextDecoder().decode(await host.read(path)) : '';
    return text.split('\n').map((row) => row.split(':'));
  };
  const entry = (await rows('/etc/passwd')).find(([entryName]) => entryName === name);
  if (!entry) return undefined;
  const [, , uid, , , home = '', shell = ''] = entry;
  const groups = (await rows('/etc/group')).flatMap(([group = '', , , members = '']) =>
    members.split(',').includes(name) ? [group] : [],
  );
  return { uid: Number(uid), home, shell, groups };
}

export const user: ResourceType = {
  name: 'user',
  summary: 'a user account',
  attributes: {
    user: { kind: 'text', summary: 'its name', required: true },
    ensure: ENSURE,
    uid: { kind: 'number', summary: 'its number' },
    home: { kind: 'path', summary: 'its home directory' },
    shell: { kind: 'path', summary: 'its shell' },
    groups: { kind: 'texts', summary: 'groups that it is in beside its own' },
    system: { kind: 'boolean', summary: 'an account for a program, not a person' },
  },
  identify: (spec) => textOf(spec.user),
  async inspect(spec, host) {
    const account = await accountOf(spec, host);
    if (spec.ensure === 'absent') return account && 'it is there, should be absent';
    if (!account) return 'it is not there';
    if (typeof spec.uid === 'number' && spec.uid !== account.uid) return `uid is ${account.uid}, should be ${spec.uid}`;
    for (const name of ['home', 'shell'] as const) {
      const wanted = optionalText(spec[name]);
      if (wanted !== undefined && wanted !== account[name]) return `${name} is ${account[name]}, should be ${wanted}`;
    }
    const missing = groupsOf(spec).filter((group) => !account.groups.includes(group));
    return missing.length > 0 ? `it is not in ${missing.join(', ')}` : undefined;
  },
  async apply(spec, host) {
    const name = textOf(spec.user);
    // The tools have a root of their own.
    const root = host.root === '/' ? [] : ['--root', host.root];
    if (spec.ensure === 'absent') {
      succeeded('userdel', await host.run('userdel', [...root, name]));
      return;
    }
    const there = (await accountOf(spec, host)) !== undefined;
    const [home, shell, groups] = [optionalText(spec.home), optionalText(spec.shell), groupsOf(spec)];
    const args = [
      ...root,
      ...(typeof spec.uid === 'number' ? ['--uid', String(spec.uid)] : []),
      ...(home === undefined ? [] : there ? ['--home', home, '--move-home'] : ['--home-dir', home, '--create-home']),
      ...(shell === undefined ? [] : ['--shell', shell]),
      ...(groups.length === 0 ? [] : [...(there ? ['--append'] : []), '--groups', groups.join(',')]),
      ...(spec.system === true && !there ? ['--system'] : []),
    ];
    const program = there ? 'usermod' : 'useradd';
    succeeded(program, await host.run(program, [...args, name]));
  },
};
