/** A command that cron runs. */
import {
  applyOwnership,
  ENSURE,
  inspectOwnership,
  isTemplated,
  nounOf,
  optionalText,
  refuseDirectory,
  textOf,
} from './common.ts';
import { scheduleProblem } from './cron-schedule.ts';
import type { ResourceHost } from './resource-host.ts';
import type { ResourceType, Spec, SpecProblem } from './resource-type.ts';

const pathOf = (spec: Spec): string => `/etc/cron.d/${textOf(spec.job)}`;
const contentOf = (spec: Spec): string =>
  `${textOf(spec.schedule).trim()} ${optionalText(spec.user) ?? 'root'} ${textOf(spec.command)}\n`;

/** Cron passes over a file that others than root may write, or that is not root's. Below a root of its own nobody reads it. */
const ownershipOf = (host: ResourceHost): Spec => ({
  mode: '0644',
  ...(host.root === '/' ? { owner: '0', group: '0' } : {}),
});

function problemOf(spec: Spec): SpecProblem | undefined {
  if (!/^[A-Za-z0-9_-]{1,200}$/.test(textOf(spec.job)) && !isTemplated(textOf(spec.job))) {
    return { attribute: 'job', message: 'only letters, digits, "_" and "-": cron passes over files with other names' };
  }
  if (spec.ensure === 'absent') return undefined;
  for (const name of ['schedule', 'command']) {
    if (textOf(spec[name]).trim() === '') return { attribute: 'job', message: `a job needs "${name}"` };
  }
  if (/[\n\r\0]/.test(textOf(spec.command))) return { attribute: 'command', message: 'one line only' };
  const user = optionalText(spec.user) ?? 'root';
  if (!isTemplated(user) && !/^[A-Za-z0-9_][A-Za-z0-9_.-]*\$?$/.test(user))
    return { attribute: 'user', message: `"${user}" is no name of a user` };
  const schedule = textOf(spec.schedule).trim();
  const message = isTemplated(schedule) ? undefined : scheduleProblem(schedule);
  return message === undefined ? undefined : { attribute: 'schedule', message };
}

/** Rendered texts were not known when the stacks were checked. */
function refuseProblem(spec: Spec): void {
  const problem = problemOf(spec);
  if (problem) throw new Error(`"${problem.attribute}": ${problem.message}`);
}

export const cron: ResourceType = {
  name: 'cron',
  summary: 'a command that cron runs, in a file of its own under /etc/cron.d',
  attributes: {
    job: { kind: 'text', summary: 'name of the file', required: true },
    ensure: ENSURE,
    schedule: { kind: 'text', summary: 'five fields, or @daily and the like' },
    command: { kind: 'text', summary: 'what is run, by /bin/sh; in it, cron takes % for the end of a line: write \\%' },
    user: { kind: 'text', summary: 'as whom; default root' },
  },
  validate: problemOf,
  identify: (spec) => textOf(spec.job),
  async inspect(spec, host) {
    refuseProblem(spec);
    const path = pathOf(spec);
    const facts = await host.facts(path);
    if (spec.ensure === 'absent') return facts && 'it is there, should be absent';
    const user = optionalText(spec.user) ?? 'root';
    // Cron would leave out the job and say so only in its log.
    if (user !== 'root' && (await host.userId(user)) === undefined) throw new Error(`there is no user "${user}"`);
    if (!facts) return 'it is not there';
    if (facts.kind !== 'file') return `it is ${nounOf(facts)}, should be a file`;
    if (new TextDecoder('utf-8', { ignoreBOM: true }).decode(await host.read(path)) !== contentOf(spec))
      return 'it is another';
    return inspectOwnership(ownershipOf(host), facts, host);
  },
  async apply(spec, host) {
    const path = pathOf(spec);
    refuseDirectory(path, await host.facts(path));
    if (spec.ensure === 'absent') return host.remove(path);
    await host.makeDirectory('/etc/cron.d');
    await host.write(path, new TextEncoder().encode(contentOf(spec)), { mode: 0o644 });
    await applyOwnership(ownershipOf(host), path, host);
  },
};
