/** A package of the system's package manager. */
import { textOf } from './common.ts';
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
};
