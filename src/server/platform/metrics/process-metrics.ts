/**
 * The process: memory, CPU, files and how long the event loop keeps others waiting.
 *
 * Named as the library's default metrics are, where it has them; those themselves begin what never ends, and wake an idle
 * server a hundred times a second.
 */
import { readdir } from 'node:fs/promises';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Counter, type Registry } from 'prom-client';
import type { Clock } from '../../../platform/clock.ts';
import { registerGauge, registerGauges } from './gauges.ts';

export interface ProcessMetricsOptions {
  readonly registry: Registry;
  readonly version: string;
  readonly role: string;
  readonly clock: Pick<Clock, 'now'>;
}

/** Time between two looks at the event loop: what delays it less is not seen. */
const RESOLUTION_MS = 20;
const QUANTILES = { '0.5': 50, '0.99': 99, '1': 100 } as const;

/** Disposing it ends the watch over the event loop. */
export function registerProcessMetrics({ registry, version, role, clock }: ProcessMetricsOptions): Disposable {
  const startedAt = clock.now() / 1000 - process.uptime();
  const single = (name: string, help: string, read: () => number | undefined | Promise<number | undefined>): void =>
    registerGauge(registry, { name, help, read });

  registerGauges(registry, {
    name: 'vigo_build_info',
    help: '1, with the version of the program and the role of the server.',
    labels: ['version', 'role'],
    read: () => [[{ version, role }, 1]],
  });
  const cpu: Counter = new Counter({
    name: 'process_cpu_seconds_total',
    help: 'CPU time of the process, user and system, seconds.',
    registers: [registry],
    collect() {
      const { user, system } = process.cpuUsage();
      cpu.reset();
      cpu.inc((user + system) / 1e6);
    },
  });
  single('process_start_time_seconds', 'When the process started, seconds since 1970 UTC.', () => startedAt);
  single('process_resident_memory_bytes', 'Resident memory of the process.', () => process.memoryUsage.rss());
  single('process_open_fds', 'Open file descriptors of the process.', openFiles);
  single('nodejs_heap_size_used_bytes', 'Heap that is used.', () => process.memoryUsage().heapUsed);
  single('nodejs_heap_size_total_bytes', 'Heap that is reserved.', () => process.memoryUsage().heapTotal);
  single('nodejs_external_memory_bytes', 'Memory outside of the heap that the heap refers to.', () => {
    return process.memoryUsage().external;
  });
  return watchEventLoop(registry);
}

function watchEventLoop(registry: Registry): Disposable {
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delays.enable();
  // It measures from tick to tick: what is above the time between two ticks is delay.
  const seconds = (percentile: number): number =>
    delays.count === 0 ? 0 : Math.max(0, delays.percentile(percentile) / 1e9 - RESOLUTION_MS / 1000);
  registerGauges(registry, {
    name: 'vigo_event_loop_delay_seconds',
    help: 'Time for which the event loop was late since the last scrape: median, 99th percentile and maximum.',
    labels: ['quantile'],
    read() {
      const values = Object.entries(QUANTILES).map(
        ([quantile, percentile]) => [{ quantile }, seconds(percentile)] as const,
      );
      delays.reset();
      return values;
    },
  });
  return { [Symbol.dispose]: () => void delays.disable() };
}

/** Undefined where the system does not tell. */
async function openFiles(): Promise<number | undefined> {
  try {
    // Less the one that reads the list.
    return (await readdir('/proc/self/fd')).length - 1;
  } catch {
    return undefined;
  }
}
