/** A user account. */
import { ENSURE, textOf } from './common.ts';
import type { ResourceType } from './resource-type.ts';

export const user: ResourceType = {
  name: 'user',
  summary: 'a user account',
  attributes: {
    user: { kind: 'text', summary: 'its name', required: true },
    ensure: ENSURE,
    uid: { kind: 'number', summary: 'its number' },
    home: { kind: 'path', summary: 'its home directory' },
    shell: { kind: 'path', summary: 'its shell' },
    groups: { kind: 'texts', summary: 'groups that it is in beside its own' },
    system: { kind: 'boolean', summary: 'an account for a program, not a person' },
  },
  identify: (spec) => textOf(spec.user),
};
