/** `agent` and `node`: versions of this program and of what runs it. */
import type { TraitCollector } from './trait-collector.ts';

export function createProgramCollector(agentVersion: string): TraitCollector {
  return {
    name: 'program',
    collect: () => ({ agent: { version: agentVersion }, node: { version: process.versions.node } }),
  };
}
