/** A command that cron runs. */
import { ENSURE, optionalText, textOf } from './common.ts';
import type { ResourceType, Spec } from './resource-type.ts';

const NAMED = /^@(reboot|hourly|daily|midnight|weekly|monthly|yearly|annually)$/;
const FIELD = /^(\*|[0-9a-z]+(-[0-9a-z]+)?)(\/\d+)?(,(\*|[0-9a-z]+(-[0-9a-z]+)?)(\/\d+)?)*$/i;

const pathOf = (spec: Spec): string => `/etc/cron.d/${textOf(spec.job)}`;
const contentOf = (spec: Spec): string =>
  `${textOf(spec.schedule).trim()} ${optionalText(spec.user) ?? 'root'} ${textOf(spec.command)}\n`;

export const cron: ResourceType = {
  name: 'cron',
  summary: 'a command that cron runs, in a file of its own under /etc/cron.d',
  attributes: {
    job: { kind: 'text', summary: 'name of the file', required: true },
    ensure: ENSURE,
    schedule: { kind: 'text', summary: 'five fields, or @daily and the like' },
    command: { kind: 'text', summary: 'what is run' },
    user: { kind: 'text', summary: 'as whom; default root' },
  },
  validate(spec) {
    if (!/^[A-Za-z0-9_-]+$/.test(textOf(spec.job))) {
      return {
        attribute: 'job',
        message: 'only letters, digits, "_" and "-": cron passes over files with other names',
      };
    }
    if (spec.ensure === 'absent') return undefined;
    for (const name of ['schedule', 'command']) {
      if (spec[name] === undefined) return { attribute: 'job', message: `a job needs "${name}"` };
    }
    if (textOf(spec.command).includes('\n')) return { attribute: 'command', message: 'one line only' };
    const schedule = textOf(spec.schedule).trim();
    const fields = schedule.split(/\s+/);
    if (NAMED.test(schedule) || (fields.length === 5 && fields.every((field) => FIELD.test(field)))) return undefined;
    return { attribute: 'schedule', message: 'expected five fields such as "0 3 * * *", or @daily and the like' };
  },
  identify: (spec) => textOf(spec.job),
  async inspect(spec, host) {
    const path = pathOf(spec);
    const there = (await host.facts(path)) !== undefined;
    if (spec.ensure === 'absent') return there ? 'it is there, should be absent' : undefined;
    if (!there) return 'it is not there';
    return new TextDecoder().decode(await host.read(path)) === contentOf(spec) ? undefined : 'it is another';
  },
  async apply(spec, host) {
    if (spec.ensure === 'absent') return host.remove(pathOf(spec));
    await host.makeDirectory('/etc/cron.d');
    // Cron passes over files that others than root may write.
    await host.write(pathOf(spec), new TextEncoder().encode(contentOf(spec)), { mode: 0o644 });
  },
};
