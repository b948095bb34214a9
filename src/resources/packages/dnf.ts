/** dnf and rpm. */
import { succeeded } from '../common.ts';
import type { ResourceHost } from '../resource-host.ts';
import { INSTALL_TIMEOUT_MS, type PackageManager } from './package-manager.ts';

/** Where rpm keeps what is installed; newer systems have it in the second place. */
export const RPM_DATABASES = ['/var/lib/rpm', '/usr/lib/sysimage/rpm'];

function dnfRun(host: ResourceHost, args: readonly string[]) {
  const root = host.root === '/' ? [] : [`--installroot=${host.root}`];
  return host.run('dnf', [...root, '-q', ...args], { timeoutMs: INSTALL_TIMEOUT_MS });
}

const linesOf = (text: string): string[] => text.split('\n').filter((line) => line !== '');

export const dnf: PackageManager = {
  async installed(name, host) {
    const root = host.root === '/' ? [] : ['--root', host.root];
    const query = await host.run('rpm', [...root, '-q', '--qf', '%{EPOCHNUM}:%{VERSION}-%{RELEASE}\\n', '--', name]);
    // rpm says of a database that it cannot read that the package is not installed, and ends with 1 in both cases.
    if (query.exitCode !== 0 && (query.exitCode !== 1 || query.stderr.includes('error:'))) succeeded('rpm', query);
    // A line for each architecture, and for each of several kernels: the last is the newest.
    const full = query.exitCode === 0 ? linesOf(query.stdout).at(-1) : undefined;
    if (full === undefined) return undefined;
    // People write the epoch only if there is one, and the release only if it matters.
    const version = full.replace(/^0:/, '');
    const [short = ''] = version.split('-');
    const names = [full, version, short, version.replace(/^\d+:/, ''), short.replace(/^\d+:/, '')];
    return { version, is: (wanted) => names.includes(wanted) };
  },
  async newer(name, _present, host) {
    const args = ['repoquery', '--upgrades', '--latest-limit=1', '--qf', '%{evr}\n', '--', name];
    return linesOf(succeeded('dnf', await dnfRun(host, args)).stdout)[0];
  },
  async install(name, version, host) {
    const upgrade = version === undefined && (await this.installed(name, host)) !== undefined;
    const wanted = version === undefined ? name : `${name}-${version}`;
    // Also downwards: `install` with a version takes that one.
    succeeded('dnf', await dnfRun(host, [upgrade ? 'upgrade' : 'install', '-y', '--', wanted]));
  },
  async remove(name, host) {
    succeeded('dnf', await dnfRun(host, ['remove', '-y', '--', name]));
  },
};
