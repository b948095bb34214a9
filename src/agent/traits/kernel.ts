/** `kernel`: release and build. */
import { release, type, version } from 'node:os';
import type { TraitCollector } from './trait-collector.ts';

export function createKernelCollector(): TraitCollector {
  return { name: 'kernel', collect: () => ({ kernel: { name: type(), release: release(), version: version() } }) };
}
