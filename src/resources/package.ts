/** A package of the system's package manager. */
import { optionalText, textOf } from './common.ts';
import { managerOf } from './package-managers.ts';
import type { ResourceType } from './resource-type.ts';

export const packageType: ResourceType = {
  name: 'package',
  summary: 'a package, through apt or dnf',
  attributes: {
    package: { kind: 'text', summary: 'its name', required: true },
    ensure: { kind: 'text', summary: 'default present', oneOf: ['present', 'absent', 'latest'] },
    version: { kind: 'text', summary: 'exactly this version' },
  },
  validate: (spec) =>
    spec.version !== undefined && spec.ensure !== undefined && spec.ensure !== 'present'
      ? { attribute: 'version', message: `a version contradicts "ensure: ${textOf(spec.ensure)}"` }
      : undefined,
  identify: (spec) => textOf(spec.package),
  async inspect(spec, host) {
    const { present, version, newest } = await (await managerOf(host)).look(textOf(spec.package), host);
    if (spec.ensure === 'absent') return present ? `${version} is installed, should be absent` : undefined;
    if (!present) return 'it is not installed';
    if (spec.version !== undefined && spec.version !== version)
      return `version is ${version}, should be ${textOf(spec.version)}`;
    return spec.ensure === 'latest' && newest !== version
      ? `version is ${version}, the latest is ${newest}`
      : undefined;
  },
  async apply(spec, host) {
    const manager = await managerOf(host);
    const name = textOf(spec.package);
    const version = optionalText(spec.version);
    await (spec.ensure === 'absent' ? manager.remove(name, host) : manager.install(name, version, host));
  },
};
