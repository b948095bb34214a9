/** apt and dpkg. */
import { succeeded } from '../common.ts';
import type { CommandResult, ResourceHost } from '../resource-host.ts';
import { aptBelow } from './apt-below.ts';
import { INSTALL_TIMEOUT_MS, type PackageManager } from './package-manager.ts';

/** Where dpkg keeps what is installed. */
export const DPKG_STATUS = '/var/lib/dpkg/status';

const OPTIONS = [
  // Another apt, that of the daily upgrades for example, is waited for. Seconds.
  ...['-o', 'DPkg::Lock::Timeout=120'],
  // A file of configuration that has been changed by hand stays; without a terminal dpkg would fail over the question.
  ...['-o', 'Dpkg::Options::=--force-confdef', '-o', 'Dpkg::Options::=--force-confold'],
];
/** The lists may be older than what the repositories have. */
const MAY_BE_OUTDATED =
  /Unable to locate package|was not found|no installation candidate|Failed to fetch|Unable to fetch/;

async function aptGet(host: ResourceHost, args: readonly string[]): Promise<CommandResult> {
  const env = { DEBIAN_FRONTEND: 'noninteractive', ...(await aptBelow(host)) };
  return host.run('apt-get', args, { timeoutMs: INSTALL_TIMEOUT_MS, env });
}

export const apt: PackageManager = {
  async installed(name, host) {
    const admin = host.root === '/' ? [] : [`--admindir=${host.root}/var/lib/dpkg`];
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the notation of dpkg-query
    const format = '${db:Status-Status} ${Version}\n';
    const query = await host.run('dpkg-query', [...admin, '--show', `--showformat=${format}`, '--', name]);
    // 1: no such package, now or ever.
    if (query.exitCode !== 1) succeeded('dpkg-query', query);
    // A line for each architecture; what is half installed or has left its configuration behind is not installed.
    const [, version] =
      query.stdout
        .split('\n')
        .map((line) => line.split(' '))
        .find(([status]) => status === 'installed') ?? [];
    return version === undefined ? undefined : { version, is: (wanted) => wanted === version };
  },
  async newer(name, { version }, host) {
    const policy = succeeded(
      'apt-cache',
      await host.run('apt-cache', ['policy', '--', name], { env: await aptBelow(host) }),
    );
    const [, candidate] = /Candidate: (\S+)/.exec(policy.stdout) ?? [];
    return candidate === undefined || candidate === '(none)' || candidate === version ? undefined : candidate;
  },
  async install(name, version, host) {
    const wanted = version === undefined ? name : `${name}=${version}`;
    const args = ['install', '-y', '--no-install-recommends', '--allow-downgrades', ...OPTIONS, '--', wanted];
    const first = await aptGet(host, args);
    if (first.exitCode !== 0 && MAY_BE_OUTDATED.test(first.stderr)) {
      const update = await aptGet(host, ['update', ...OPTIONS]);
      succeeded('apt-get', update.exitCode === 0 ? await aptGet(host, args) : first);
    } else {
      succeeded('apt-get', first);
    }
  },
  async remove(name, host) {
    succeeded('apt-get', await aptGet(host, ['remove', '-y', ...OPTIONS, '--', name]));
  },
};
