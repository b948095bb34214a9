/** A symbolic link. */
import { ENSURE, nounOf, refuseDirectory, TARGET_PATH, textOf } from './common.ts';
import type { ResourceType } from './resource-type.ts';

export const symlink: ResourceType = {
  name: 'symlink',
  summary: 'a symbolic link',
  attributes: {
    target_path: TARGET_PATH,
    ensure: ENSURE,
    to: { kind: 'text', summary: 'what it points at' },
  },
  validate: (spec) =>
    spec.ensure !== 'absent' && (spec.to === undefined || spec.to === '')
      ? { attribute: 'target_path', message: 'a link needs "to": what it points at' }
      : undefined,
  identify: (spec) => textOf(spec.target_path),
  async inspect(spec, host) {
    const path = textOf(spec.target_path);
    const facts = await host.facts(path);
    if (spec.ensure === 'absent') return facts && 'it is there, should be absent';
    if (!facts) return 'it is not there';
    if (facts.kind !== 'symlink') return `it is ${nounOf(facts)}, should be a link`;
    const to = await host.readLink(path);
    return to === spec.to ? undefined : `it points at ${to}, should point at ${textOf(spec.to)}`;
  },
  async apply(spec, host) {
    const path = textOf(spec.target_path);
    refuseDirectory(path, await host.facts(path));
    if (spec.ensure === 'absent') return host.remove(path);
    await host.writeLink(path, textOf(spec.to));
  },
};
