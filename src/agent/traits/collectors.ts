/** All facts that an agent reports. */
import type { Clock } from '../../platform/clock.ts';
import { createAddressesCollector } from './addresses.ts';
import { createBootTimeCollector } from './boot-time.ts';
import { createCpuCollector } from './cpu.ts';
import { createDiskCollector } from './disk.ts';
import { createHostnameCollector } from './hostname.ts';
import { createKernelCollector } from './kernel.ts';
import { createMemoryCollector } from './memory.ts';
import { createOsCollector } from './os.ts';
import { createProgramCollector } from './program.ts';
import type { TraitCollector } from './trait-collector.ts';

export interface CollectorsOptions {
  /** The name under which the machine is enrolled. */
  readonly hostname: string;
  readonly agentVersion: string;
  /** Where the system's files begin, usually "/". */
  readonly root: string;
  readonly clock: Clock;
}

export function createCollectors(options: CollectorsOptions): TraitCollector[] {
  return [
    createOsCollector(options.root),
    createKernelCollector(),
    createHostnameCollector(options.hostname),
    createAddressesCollector(),
    createCpuCollector(),
    createMemoryCollector(),
    createDiskCollector(options.root),
    createBootTimeCollector(options.clock),
    createProgramCollector(options.agentVersion),
  ];
}
