/** Structured logs: one JSON object a line on stdout, timestamps in ISO 8601 UTC. */
import { pino } from 'pino';

/** The part of a logger that our code uses: fields first, then a fixed message. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** `level`: debug, info, warn, error or silent; default from VIGO_LOG_LEVEL, else info. */
export function createLogger(options: { level?: string; base?: Record<string, unknown> } = {}): Logger {
  return pino({
    level: options.level ?? process.env.VIGO_LOG_LEVEL ?? 'info',
    base: options.base ?? {},
    formatters: { level: (label) => ({ level: label }) },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
  });
}

export const silentLogger: Logger = { debug() {}, info() {}, warn() {}, error() {} };
