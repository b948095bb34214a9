/** Reads what a process has logged in all of its lives, each line once. */
import type { LogRecord } from '../../support/child.ts';
import type { ManagedProcess } from '../fleet/managed-process.ts';

export interface LogReader {
  /** Lines since the last call. */
  next(): LogRecord[];
}

export function createLogReader({ lives }: ManagedProcess): LogReader {
  const read: number[] = [];
  return {
    next: () =>
      lives.flatMap(({ log }, life) => {
        const from = read[life] ?? 0;
        read[life] = log.length;
        return from < log.length ? log.slice(from) : [];
      }),
  };
}
