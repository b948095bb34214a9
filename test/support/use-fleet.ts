/** A memory fleet per test, closed after it. Call inside `describe`. */
import { createMemoryFleet, type MemoryFleet, type MemoryFleetOptions } from './memory-fleet.ts';

export function useFleet(): (options?: MemoryFleetOptions) => Promise<MemoryFleet> {
  let fleets: MemoryFleet[] = [];
  afterEach(async () => {
    const open = fleets;
    fleets = [];
    for (const fleet of open) await fleet.close();
  });
  return async (options) => {
    const fleet = await createMemoryFleet(options);
    fleets.push(fleet);
    return fleet;
  };
}
