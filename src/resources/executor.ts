/** A type of the operator's own: a program that is given JSON. */
import { textOf } from './common.ts';
import type { ResourceType } from './resource-type.ts';

export const executor: ResourceType = {
  name: 'executor',
  summary: 'a program of your own that inspects and applies what it is given as JSON',
  attributes: {
    program: { kind: 'path', summary: 'the program on the envoy', required: true },
    input: { kind: 'json', summary: 'what it is given' },
    timeout: { kind: 'number', summary: 'seconds after which it is killed; default 300' },
  },
  identify: (spec) => `${textOf(spec.program)} ${JSON.stringify(spec.input ?? null)}`,
};
