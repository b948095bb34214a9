/** A command that is run when a guard says so. */
import { optionalText, succeeded, textOf, timeoutOf } from './common.ts';
import type { ResourceHost } from './resource-host.ts';
import type { ResourceType, Spec } from './resource-type.ts';

const SHELL = '/bin/sh';

function runShell(command: string, spec: Spec, host: ResourceHost) {
  const cwd = optionalText(spec.cwd);
  return host.run(SHELL, ['-c', command], { ...timeoutOf(spec), ...(cwd === undefined ? {} : { cwd }) });
}

const succeeds = async (guard: string, spec: Spec, host: ResourceHost) =>
  (await runShell(guard, spec, host)).exitCode === 0;
const runCommand = async (spec: Spec, host: ResourceHost) =>
  succeeded('the command', await runShell(textOf(spec.command), spec, host));

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
  async inspect(spec, host) {
    if (spec.refresh_only === true) return undefined;
    const creates = optionalText(spec.creates);
    if (creates !== undefined) return (await host.facts(creates)) ? undefined : `${creates} is not there`;
    const [unless, onlyif] = [optionalText(spec.unless), optionalText(spec.onlyif)];
    if (unless !== undefined) return (await succeeds(unless, spec, host)) ? undefined : `"${unless}" fails`;
    return onlyif !== undefined && (await succeeds(onlyif, spec, host)) ? `"${onlyif}" succeeds` : undefined;
  },
  async apply(spec, host) {
    await runCommand(spec, host);
  },
  async trigger(spec, host) {
    await runCommand(spec, host);
    return 'its command was run';
  },
};
