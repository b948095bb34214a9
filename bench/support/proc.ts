/** What the kernel says about a process. Linux only, like the figures. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

/** CPU time that all threads of a process have used so far, user and system, microseconds. */
export function cpuMicros(pid: number): number {
  const tasks = `/proc/${pid}/task`;
  // In nanoseconds; /proc/PID/stat counts in hundredths of a second.
  return readdirSync(tasks).reduce((sum, task) => {
    const [onCpu] = readFileSync(`${tasks}/${task}/schedstat`, 'utf8').split(' ');
    return sum + Number(onCpu) / 1000;
  }, 0);
}

/** Resident memory, KiB. */
export function residentKib(pid: number): number {
  const text = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(text)?.[1]);
}

/** Open files that a process may have: every connection is one. */
export function openFilesLimit(): number {
  const text = readFileSync('/proc/self/limits', 'utf8');
  return Number(/^Max open files\s+(\d+)/m.exec(text)?.[1]);
}

/** Forgets the highest resident memory so far; `peakResidentKib` then tells the highest since. */
export function resetPeakResident(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
}

/** Highest resident memory since the last reset, KiB, as the kernel has counted it. */
export function peakResidentKib(pid: number): number {
  const text = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(text)?.[1]);
}
