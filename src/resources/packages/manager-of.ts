/** Which package manager a machine has. */
import type { ResourceHost } from '../resource-host.ts';
import { apt, DPKG_STATUS } from './apt.ts';
import { dnf, RPM_DATABASES } from './dnf.ts';
import type { PackageManager } from './package-manager.ts';

/** Throws if it has neither; below a root of its own, if there is no system whose packages could be told. */
export async function managerOf(host: ResourceHost): Promise<PackageManager> {
  const hasOneOf = async (paths: readonly string[]) => {
    if (host.root === '/') return true;
    const found = await Promise.all(paths.map((path) => host.facts(path)));
    return found.some((facts) => facts !== undefined);
  };
  const [hasApt, hasDnf] = [await host.hasProgram('apt-get'), await host.hasProgram('dnf')];
  if (!hasApt && !hasDnf) throw new Error('this machine has neither apt-get nor dnf');
  if (hasApt && (await hasOneOf([DPKG_STATUS]))) return apt;
  if (hasDnf && (await hasOneOf(RPM_DATABASES))) return dnf;
  throw new Error(`${host.root} holds no package database: packages are looked after only in a whole system`);
}
