/** Processes do not complain of what they should have been able to carry, and do not grow. Whoever ends is noted where it is started. */
import { readFileSync } from 'node:fs';
import type { LogRecord } from '../../support/child.ts';
import type { ManagedProcess } from '../fleet/managed-process.ts';
import { createLogReader } from './log-reader.ts';
import type { Watched } from './watched.ts';

export interface ProcessWatch {
  look(): void;
}

const MIB = 1024 * 1024;
// An idle server has some 120 MiB, an agent 90; neither has reason to have several times that with a few dozen envoys.
const MAX_RESIDENT = { server: 512 * MIB, agent: 300 * MIB };

/** Errors that are as they should be: a disk that was filled is reported by whoever wanted to write to it. */
const FULL_DISK = /database or disk is full/;

const STACK = /^\s+at .+:\d+:\d+\)?$/m;
const NODE_WARNING = /^\(node:\d+\)/m;

export function createProcessWatch({ fleet, violations, tally }: Watched): ProcessWatch {
  const servers = new Set(fleet.servers.map((server) => server.process));
  const logs = new Map(fleet.processes.map((process) => [process, createLogReader(process)]));

  const judge = (process: ManagedProcess, line: LogRecord): void => {
    tally.checked('log lines');
    if (line.level !== 'error' && line.level !== 'fatal') return;
    if (servers.has(process) && FULL_DISK.test(String(line.error))) return;
    violations.add(`${process.name} logged an error: ${line.msg}`, JSON.stringify(line));
  };

  return {
    look() {
      for (const process of fleet.processes) {
        for (const line of logs.get(process)?.next() ?? []) judge(process, line);
        const child = process.lives.at(-1);
        const stderr = child?.stderr() ?? '';
        if (STACK.test(stderr) || NODE_WARNING.test(stderr))
          violations.add(`${process.name} wrote to stderr`, stderr.slice(-2_000));
        const kind = servers.has(process) ? 'server' : 'agent';
        const resident = child?.running ? residentBytes(child.pid) : 0;
        tally.highest(`resident memory of one ${kind}, MiB`, Math.round(resident / MIB));
        if (resident > MAX_RESIDENT[kind]) violations.add(`${process.name} grows`, `${Math.round(resident / MIB)} MiB`);
      }
    },
  };
}

/** 0 where the kernel does not tell. */
function residentBytes(pid: number): number {
  try {
    const text = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(text)?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}
