/** `cpu`: model and number of logical processors. */
import { cpus } from 'node:os';
import type { TraitCollector } from './trait-collector.ts';

export function createCpuCollector(): TraitCollector {
  return {
    name: 'cpu',
    collect() {
      const all = cpus();
      return { cpu: { model: all[0]?.model.trim() ?? 'unknown', count: all.length } };
    },
  };
}
