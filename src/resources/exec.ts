/** A command that is run when a guard says so. */
import { textOf } from './common.ts';
import type { ResourceType } from './resource-type.ts';

const GUARDS = ['unless', 'onlyif', 'creates'] as const;

export const exec: ResourceType = {
  name: 'exec',
  summary: 'a command, run by /bin/sh when its guard says so',
  attributes: {
    command: { kind: 'text', summary: 'what is run', required: true },
    unless: { kind: 'text', summary: 'a command: it is run unless this succeeds' },
    onlyif: { kind: 'text', summary: 'a command: it is run only if this succeeds' },
    creates: { kind: 'path', summary: 'it is run unless this exists' },
    refresh_only: { kind: 'boolean', summary: 'it is run only when notified, and needs no guard' },
    cwd: { kind: 'path', summary: 'where it is run; default /' },
    timeout: { kind: 'number', summary: 'seconds after which it is killed; default 300' },
  },
  validate(spec) {
    if (spec.refresh_only === true || GUARDS.some((guard) => spec[guard] !== undefined)) return undefined;
    return {
      attribute: 'command',
      message: 'without a guard it would run each time: give it one of unless, onlyif and creates, or refresh_only',
    };
  },
  identify: (spec) => textOf(spec.command),
};
