/** A regular file with a content. */
import {
  applyOwnership,
  ENSURE,
  inspectOwnership,
  modeOf,
  nounOf,
  OWNERSHIP,
  optionalText,
  refuseDirectory,
  TARGET_PATH,
  textOf,
} from './common.ts';
import type { ResourceHost } from './resource-host.ts';
import type { ResourceType, Spec } from './resource-type.ts';

async function differsFrom(spec: Spec, host: ResourceHost): Promise<boolean> {
  const wanted = new TextEncoder().encode(textOf(spec.content));
  const present = await host.read(textOf(spec.target_path));
  return wanted.length !== present.length || wanted.some((byte, i) => byte !== present[i]);
}

const CONTENTS = ['content', 'template', 'source'] as const;

export const file: ResourceType = {
  name: 'file',
  summary: 'a file with this content',
  attributes: {
    target_path: TARGET_PATH,
    ensure: ENSURE,
    content: { kind: 'text', summary: 'the content itself' },
    template: { kind: 'template-file', summary: 'a file under templates/, rendered for each envoy' },
    source: { kind: 'source-file', summary: 'a file under files/, taken as it is' },
    ...OWNERSHIP,
  },
  validate(spec) {
    const given = CONTENTS.filter((name) => spec[name] !== undefined);
    if (spec.ensure === 'absent') {
      const [needless] = given;
      return needless && { attribute: needless, message: 'a file that is to be absent has no content' };
    }
    if (given.length === 1) return undefined;
    const [, second = 'target_path'] = given;
    return { attribute: second, message: 'expected exactly one of content, template and source' };
  },
  identify: (spec) => textOf(spec.target_path),
  async inspect(spec, host) {
    const path = textOf(spec.target_path);
    const facts = await host.facts(path);
    if (spec.ensure === 'absent') return facts && 'it is there, should be absent';
    if (!facts) return 'it is not there';
    if (facts.kind !== 'file') return `it is ${nounOf(facts)}, should be a file`;
    const wanted = optionalText(spec.content_sha256);
    const differs = wanted === undefined ? await differsFrom(spec, host) : (await host.sha256(path)) !== wanted;
    return differs ? 'its content is another' : inspectOwnership(spec, facts, host);
  },
  async apply(spec, host) {
    const path = textOf(spec.target_path);
    const facts = await host.facts(path);
    refuseDirectory(path, facts);
    if (spec.ensure === 'absent') return host.remove(path);
    const wanted = optionalText(spec.content_sha256);
    if (facts?.kind !== 'file' || (await this.inspect(spec, host)) === 'its content is another') {
      // Never readable by more people than it should be, not even for an instant.
      const mode = modeOf(spec);
      const options = mode === undefined ? {} : { mode };
      if (wanted === undefined) await host.write(path, new TextEncoder().encode(textOf(spec.content)), options);
      else await host.writeFromBundle(path, wanted, options);
    }
    await applyOwnership(spec, path, host);
  },
};
