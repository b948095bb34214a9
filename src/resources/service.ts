/** A service of systemd. */
import { textOf } from './common.ts';
import type { ResourceType } from './resource-type.ts';

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
};
