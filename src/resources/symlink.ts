/** A symbolic link. */
import { ENSURE, TARGET_PATH, textOf } from './common.ts';
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
    spec.ensure !== 'absent' && spec.to === undefined
      ? { attribute: 'target_path', message: 'a link needs "to": what it points at' }
      : undefined,
  identify: (spec) => textOf(spec.target_path),
};
