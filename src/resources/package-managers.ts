/** apt and dnf, through their own tools. */
import { succeeded } from './common.ts';
import type { ResourceHost } from './resource-host.ts';

export interface PackageState {
  readonly present: boolean;
  readonly version: string;
  /** That the repositories have; the one that is installed if they do not say. */
  readonly newest: string;
}

export interface PackageManager {
  look(name: string, host: ResourceHost): Promise<PackageState>;
  /** Also brings a package that is there to this version, or to the newest. */
  install(name: string, version: string | undefined, host: ResourceHost): Promise<void>;
  remove(name: string, host: ResourceHost): Promise<void>;
}

const APT_ENV = { DEBIAN_FRONTEND: 'noninteractive' };
const INSTALL = { timeoutMs: 15 * 60_000 };

const apt: PackageManager = {
  async look(name, host) {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the notation of dpkg-query
    const query = await host.run('dpkg-query', ['-W', '-f', '${db:Status-Status} ${Version}', name]);
    const [status = '', version = ''] = query.exitCode === 0 ? query.stdout.trim().split(' ') : [];
    const policy = await host.run('apt-cache', ['policy', name]);
    const [, newest] = /Candidate: (\S+)/.exec(policy.stdout) ?? [];
    return { present: status === 'installed', version, newest: newest && newest !== '(none)' ? newest : version };
  },
  async install(name, version, host) {
    const wanted = version === undefined ? name : `${name}=${version}`;
    const args = ['install', '-y', '--no-install-recommends', '--allow-downgrades', wanted];
    succeeded('apt-get', await host.run('apt-get', args, { ...INSTALL, env: APT_ENV }));
  },
  async remove(name, host) {
    succeeded('apt-get', await host.run('apt-get', ['remove', '-y', name], { ...INSTALL, env: APT_ENV }));
  },
};

const dnf: PackageManager = {
  async look(name, host) {
    const query = await host.run('rpm', ['-q', '--qf', '%{VERSION}-%{RELEASE}', name]);
    const version = query.exitCode === 0 ? query.stdout.trim() : '';
    const newer = await host.run('dnf', ['-q', 'repoquery', '--latest-limit=1', '--qf', '%{version}-%{release}', name]);
    return { present: query.exitCode === 0, version, newest: newer.stdout.trim() || version };
  },
  async install(name, version, host) {
    const wanted = version === undefined ? name : `${name}-${version}`;
    const present = (await host.run('rpm', ['-q', name])).exitCode === 0;
    succeeded(
      'dnf',
      await host.run('dnf', [present && version === undefined ? 'upgrade' : 'install', '-y', wanted], INSTALL),
    );
  },
  async remove(name, host) {
    succeeded('dnf', await host.run('dnf', ['remove', '-y', name], INSTALL));
  },
};

/** Throws if the machine has neither. */
export async function managerOf(host: ResourceHost): Promise<PackageManager> {
  if (await host.hasProgram('apt-get')) return apt;
  if (await host.hasProgram('dnf')) return dnf;
  throw new Error('this machine has neither apt-get nor dnf');
}
