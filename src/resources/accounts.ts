/** Accounts and groups as the machine's own files have them. */
import type { ResourceHost } from './resource-host.ts';

export interface Account {
  readonly uid: number;
  /** Number of its primary group. */
  readonly gid: number;
  readonly home: string;
  readonly shell: string;
  /** Names of all groups that it is in, the primary one too. */
  readonly groups: readonly string[];
}

async function rowsOf(path: string, host: ResourceHost): Promise<string[][]> {
  if (!(await host.facts(path))) return [];
  return new TextDecoder()
    .decode(await host.read(path))
    .split('\n')
    .map((row) => row.split(':'));
}

/** Undefined if /etc/passwd does not have it. */
export async function accountOf(name: string, host: ResourceHost): Promise<Account | undefined> {
  const [, , uid, gid, , home = '', shell = ''] =
    (await rowsOf('/etc/passwd', host)).find(([entry]) => entry === name) ?? [];
  if (uid === undefined) return undefined;
  const groups = (await rowsOf('/etc/group', host)).flatMap(([group = '', , number, members = '']) =>
    number === gid || members.split(',').includes(name) ? [group] : [],
  );
  return { uid: Number(uid), gid: Number(gid), home, shell, groups };
}
