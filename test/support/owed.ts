/** Triggers that are owed, without a disk. */
import type { OwedTriggers } from '../../src/agent/runs/owed-triggers.ts';

export function owedInMemory(...begin: string[]): OwedTriggers {
  const ids = new Set(begin);
  return {
    ids,
    add: async (more) => more.forEach((id) => void ids.add(id)),
    remove: async (done) => done.forEach((id) => void ids.delete(id)),
  };
}
