/** A package of the system's package manager. */
import { isTemplated, optionalText, textOf } from './common.ts';
import { managerOf } from './packages/manager-of.ts';
import type { ResourceType, Spec } from './resource-type.ts';

// What package managers take for something else: options, patterns, "install this and remove that-".
const NAME = /^[A-Za-z0-9](?:[A-Za-z0-9+._:-]*[A-Za-z0-9+])?$/;
const VERSION = /^[A-Za-z0-9][A-Za-z0-9+._:~^-]*$/;

function problemOf(spec: Spec): { attribute: string; message: string } | undefined {
  const [name, version] = [textOf(spec.package), optionalText(spec.version)];
  if (!isTemplated(name) && !NAME.test(name))
    return { attribute: 'package', message: `"${name}" is no name of a package` };
  if (version === undefined) return undefined;
  if (!isTemplated(version) && !VERSION.test(version))
    return { attribute: 'version', message: `"${version}" is no version` };
  return spec.ensure !== undefined && spec.ensure !== 'present'
    ? { attribute: 'version', message: `a version contradicts "ensure: ${textOf(spec.ensure)}"` }
    : undefined;
}

/** Rendered texts were not known when the stacks were checked. */
function wantedOf(spec: Spec): { name: string; version: string | undefined } {
  const problem = problemOf(spec);
  if (problem) throw new Error(problem.message);
  return { name: textOf(spec.package), version: optionalText(spec.version) };
}

export const packageType: ResourceType = {
  name: 'package',
  summary: 'a package, through apt or dnf',
  attributes: {
    package: { kind: 'text', summary: 'its name', required: true },
    ensure: { kind: 'text', summary: 'default present', oneOf: ['present', 'absent', 'latest'] },
    version: { kind: 'text', summary: 'exactly this version' },
  },
  validate: problemOf,
  identify: (spec) => textOf(spec.package),
  async inspect(spec, host) {
    const { name, version } = wantedOf(spec);
    const manager = await managerOf(host);
    const present = await manager.installed(name, host);
    if (spec.ensure === 'absent') return present && `${present.version} is installed, should be absent`;
    if (!present) return 'it is not installed';
    if (version !== undefined && !present.is(version)) return `version is ${present.version}, should be ${version}`;
    const newer = spec.ensure === 'latest' ? await manager.newer(name, present, host) : undefined;
    return newer && `version is ${present.version}, the latest is ${newer}`;
  },
  async apply(spec, host) {
    const { name, version } = wantedOf(spec);
    const manager = await managerOf(host);
    await (spec.ensure === 'absent' ? manager.remove(name, host) : manager.install(name, version, host));
  },
};
