/**
 * apt below a root of its own. Its options on the command line come too late: by then it has read the configuration of the real
 * machine, hooks included. A file that `APT_CONFIG` names is read before all others and leads it away from there.
 */
import type { ResourceHost } from '../resource-host.ts';

const CONFIG = '/var/lib/vigo/apt.conf';
/** apt makes none of them. */
const DIRECTORIES = [
  '/etc/apt/apt.conf.d',
  '/etc/apt/preferences.d',
  '/var/lib/apt/lists/partial',
  '/var/cache/apt/archives/partial',
  '/var/log/apt',
  '/var/lib/vigo',
];

/** The environment for apt's programs: empty on the machine itself. Writes the file if it is not there. */
export async function aptBelow(host: ResourceHost): Promise<{ readonly [name: string]: string }> {
  const { root } = host;
  if (root === '/') return {};
  if (root.includes('"')) throw new Error(`apt takes no root with a quotation mark in it: ${root}`);
  const content = new TextEncoder().encode(configBelow(root));
  if (!(await host.facts(CONFIG)) || Buffer.compare(await host.read(CONFIG), content) !== 0) {
    for (const directory of DIRECTORIES) await host.makeDirectory(directory);
    await host.write(CONFIG, content);
  }
  return { APT_CONFIG: `${root}${CONFIG}` };
}

/** dpkg runs a package's scripts in the root, by chroot: as somebody else than root only packages without scripts can be installed. */
function configBelow(root: string): string {
  return `Dir::Etc "${root}/etc/apt";
Dir::State "${root}/var/lib/apt";
Dir::State::status "${root}/var/lib/dpkg/status";
Dir::Cache "${root}/var/cache/apt";
Dir::Log "${root}/var/log/apt";
APT::Sandbox::User "root";
DPkg::Options { "--root=${root}"; "--log=${root}/var/log/dpkg.log"; "--force-not-root"; };
`;
}
