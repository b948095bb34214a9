/** Attributes that several types have. */
import type { Attribute } from './resource-type.ts';

export const TARGET_PATH: Attribute = { kind: 'path', summary: 'where it is', required: true };
export const ENSURE: Attribute = {
  kind: 'text',
  summary: 'whether it is there; default present',
  oneOf: ['present', 'absent'],
};
export const OWNERSHIP = {
  mode: { kind: 'mode', summary: 'permissions; left as they are if not given' },
  owner: { kind: 'text', summary: 'name of the user who owns it' },
  group: { kind: 'text', summary: 'name of the group that owns it' },
} as const satisfies Record<string, Attribute>;

/** An attribute that must be a text by now, for `identify`. */
export const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
