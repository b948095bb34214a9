/** What of a failure is told to whoever has asked. */
import { VigoError } from '../../fleet/errors.ts';
import type { Logger } from '../../platform/logger.ts';

/** What nobody planned is logged and not told. */
export function publicError(error: unknown, path: string, logger: Logger): VigoError {
  if (error instanceof VigoError) return error;
  logger.error({ path, error: error instanceof Error ? error.stack : String(error) }, 'request failed');
  return new VigoError('INTERNAL', 'internal error');
}
