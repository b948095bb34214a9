/** A service of systemd. */
import { succeeded, textOf } from './common.ts';
import type { ResourceHost } from './resource-host.ts';
import type { ResourceType } from './resource-type.ts';

async function systemctl(host: ResourceHost, ...args: string[]) {
  if (!(await host.hasProgram('systemctl'))) throw new Error('this machine has no systemd');
  return host.run('systemctl', args);
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
  identify: (spec) => textOf(spec.service),
  async inspect(spec, host) {
    const name = textOf(spec.service);
    const is = async (question: string) => (await systemctl(host, question, '--quiet', name)).exitCode === 0;
    const running = await is('is-active');
    const wanted = spec.ensure !== 'stopped';
    if (running !== wanted) return running ? 'it is running, should be stopped' : 'it is stopped, should be running';
    if (typeof spec.enabled !== 'boolean' || spec.enabled === (await is('is-enabled'))) return undefined;
    return spec.enabled ? 'it is not enabled' : 'it is enabled';
  },
  async apply(spec, host) {
    const name = textOf(spec.service);
    if (typeof spec.enabled === 'boolean') {
      succeeded('systemctl', await systemctl(host, spec.enabled ? 'enable' : 'disable', name));
    }
    succeeded('systemctl', await systemctl(host, spec.ensure === 'stopped' ? 'stop' : 'start', name));
  },
  async trigger(spec, host) {
    if (spec.ensure === 'stopped') return 'it stays stopped';
    const order = spec.reload === true ? 'reload-or-restart' : 'restart';
    succeeded('systemctl', await systemctl(host, order, textOf(spec.service)));
    return order === 'restart' ? 'it was restarted' : 'it was reloaded';
  },
};
