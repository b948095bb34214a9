/** A regular file with a content. */
import { ENSURE, OWNERSHIP, TARGET_PATH, textOf } from './common.ts';
import type { ResourceType } from './resource-type.ts';

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
};
