/** A directory. */
import {
  applyOwnership,
  ENSURE,
  inspectOwnership,
  modeOf,
  nounOf,
  OWNERSHIP,
  parentOf,
  TARGET_PATH,
  textOf,
} from './common.ts';
import type { ResourceType } from './resource-type.ts';

export const directory: ResourceType = {
  name: 'directory',
  summary: 'a directory, with those above it',
  attributes: { target_path: TARGET_PATH, ensure: ENSURE, ...OWNERSHIP },
  identify: (spec) => textOf(spec.target_path),
  async inspect(spec, host) {
    const facts = await host.facts(textOf(spec.target_path));
    if (spec.ensure === 'absent') return facts && 'it is there, should be absent';
    if (!facts) return 'it is not there';
    return facts.kind === 'directory'
      ? inspectOwnership(spec, facts, host)
      : `it is ${nounOf(facts)}, should be a directory`;
  },
  async apply(spec, host) {
    const path = textOf(spec.target_path);
    if (spec.ensure === 'absent') return host.remove(path);
    const facts = await host.facts(path);
    if (facts && facts.kind !== 'directory') throw new Error(`${path} is ${nounOf(facts)}; remove it first`);
    // Never open to more people than it should be, not even for an instant; what is above it is made as usual.
    if (!facts) {
      await host.makeDirectory(parentOf(path));
      await host.makeDirectory(path, modeOf(spec));
    }
    await applyOwnership(spec, path, host);
  },
};
