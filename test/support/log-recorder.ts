/** A logger that keeps what it is told. */
import type { Logger } from '../../src/platform/logger.ts';

type Level = keyof Logger;

export interface LogRecorder extends Logger {
  /** Of one level, in order. */
  lines(level: Level): readonly Readonly<Record<string, unknown>>[];
}

export function createLogRecorder(): LogRecorder {
  const all: { readonly level: Level; readonly line: Record<string, unknown> }[] = [];
  const write = (level: Level) => (fields: object, msg: string) => void all.push({ level, line: { ...fields, msg } });
  return {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    lines: (level) => all.filter((entry) => entry.level === level).map(({ line }) => line),
  };
}
