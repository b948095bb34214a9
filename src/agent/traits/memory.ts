/** `memory`: how much is built in. */
import { totalmem } from 'node:os';
import type { TraitCollector } from './trait-collector.ts';

export function createMemoryCollector(): TraitCollector {
  return { name: 'memory', collect: () => ({ memory: { totalBytes: totalmem() } }) };
}
