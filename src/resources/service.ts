/** A service of systemd. */
import { isTemplated, succeeded, textOf } from './common.ts';
import type { CommandResult, ResourceHost } from './resource-host.ts';
import type { ResourceType, Spec } from './resource-type.ts';

/** Below a root of its own systemctl reads and changes files only: it refuses to start anything then. */
async function systemctl(host: ResourceHost, ...args: string[]): Promise<CommandResult> {
  if (!(await host.hasProgram('systemctl'))) throw new Error('this machine has no systemd');
  return host.run('systemctl', [...(host.root === '/' ? [] : [`--root=${host.root}`]), ...args]);
}

// What systemctl takes for options or patterns is no name.
const NAME = /^[A-Za-z0-9:_.@\\][A-Za-z0-9:_.@\\-]*$/;
const nameProblem = (name: string) =>
  isTemplated(name) || NAME.test(name) ? undefined : `"${name}" is no name of a service`;

function nameOf(spec: Spec): string {
  const problem = nameProblem(textOf(spec.service));
  if (problem !== undefined) throw new Error(problem);
  return textOf(spec.service);
}

/** "active", "inactive", "failed", "activating" and so on. Throws if systemd does not answer. */
async function activityOf(name: string, host: ResourceHost): Promise<string> {
  const result = await systemctl(host, 'is-active', '--', name);
  // 3: it is not active. 4: there is no such unit, which systemd before 255 calls inactive.
  return result.exitCode === 3 || result.exitCode === 4
    ? result.stdout.trim() || 'inactive'
    : succeeded('systemctl', result).stdout.trim();
}

const isRunning = (activity: string): boolean => activity === 'active' || activity === 'reloading';
/** A service that dies and is started again for ever is "activating": it is not stopped. */
const isStopped = (activity: string): boolean =>
  activity === 'inactive' || activity === 'failed' || activity === 'unknown';

async function inspectActivity(spec: Spec, host: ResourceHost): Promise<string | undefined> {
  const [name, wanted] = [nameOf(spec), spec.ensure !== 'stopped'];
  if (host.root !== '/') {
    if (!wanted) return undefined;
    throw new Error(
      `nothing runs below ${host.root}: there a service can be enabled, and "ensure: stopped", but not started`,
    );
  }
  const activity = await activityOf(name, host);
  if (wanted) return isRunning(activity) ? undefined : `it is ${activity}, should be running`;
  return isStopped(activity) ? undefined : `it is ${activity}, should be stopped`;
}

/** Units that others start ("static") cannot be disabled and need not be; those enabled until the next start only are not enabled. */
async function inspectEnabled(spec: Spec, host: ResourceHost): Promise<string | undefined> {
  if (typeof spec.enabled !== 'boolean') return undefined;
  const { exitCode, stdout } = await systemctl(host, 'is-enabled', '--', nameOf(spec));
  const state = stdout.trim();
  if (spec.enabled) return exitCode === 0 && state !== 'enabled-runtime' ? undefined : 'it is not enabled';
  return state === 'enabled' || state === 'enabled-runtime' ? 'it is enabled' : undefined;
}

/** One that dies of its configuration does so at once, but behind `start`, which has succeeded by then. */
const SETTLE_MS = 1_000;

/** Starts or restarts it, by the unit file as it is now; throws if it does not stay up. */
async function start(order: 'start' | 'restart' | 'reload-or-restart', spec: Spec, host: ResourceHost): Promise<void> {
  const name = nameOf(spec);
  const { stdout } = await systemctl(host, 'show', '--property=NeedDaemonReload', '--value', '--', name);
  if (stdout.trim() === 'yes') succeeded('systemctl', await systemctl(host, 'daemon-reload'));
  succeeded('systemctl', await systemctl(host, order, '--', name));
  await host.pause(SETTLE_MS);
  const activity = await activityOf(name, host);
  if (isRunning(activity)) return;
  const why = await systemctl(host, 'show', '--property=Result,ExecMainStatus', '--', name);
  const details = why.stdout.trim().replaceAll('\n', ', ');
  throw new Error(`it was started, but is ${activity} a second later (${details}): see "journalctl -u ${name}"`);
}

export const service: ResourceType = {
  name: 'service',
  summary: 'a service of systemd; notified, it is restarted',
  attributes: {
    service: { kind: 'text', summary: 'its name', required: true },
    ensure: { kind: 'text', summary: 'default running', oneOf: ['running', 'stopped'] },
    enabled: { kind: 'boolean', summary: 'whether it starts with the machine' },
    reload: { kind: 'boolean', summary: 'notified, it is reloaded instead of restarted' },
  },
  validate(spec) {
    const message = nameProblem(textOf(spec.service));
    return message === undefined ? undefined : { attribute: 'service', message };
  },
  identify: (spec) => textOf(spec.service),
  inspect: async (spec, host) => (await inspectActivity(spec, host)) ?? (await inspectEnabled(spec, host)),
  async apply(spec, host) {
    if (await inspectEnabled(spec, host)) {
      succeeded('systemctl', await systemctl(host, spec.enabled === true ? 'enable' : 'disable', '--', nameOf(spec)));
    }
    if (!(await inspectActivity(spec, host))) return;
    if (spec.ensure === 'stopped') succeeded('systemctl', await systemctl(host, 'stop', '--', nameOf(spec)));
    else await start('start', spec, host);
  },
  async trigger(spec, host) {
    if (spec.ensure === 'stopped') return 'it stays stopped';
    const order = spec.reload === true ? 'reload-or-restart' : 'restart';
    await start(order, spec, host);
    return order === 'restart' ? 'it was restarted' : 'it was reloaded';
  },
};
