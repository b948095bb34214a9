/**
 * What the log says about reports: one line when they begin to fail, one when a hub takes them again or when it is another
 * address that takes them. Attempts are only told at level debug.
 */
import type { VigoError } from '../../../fleet/errors.ts';
import type { Logger } from '../../../platform/logger.ts';

export interface ReportLog {
  /** The hub at `address` has noted a report. */
  reported(address: string): void;
  /** `refused`: the hub at `address` has answered, and said no. */
  failed(address: string, error: VigoError, refused: boolean): void;
}

export function createReportLog(logger: Logger): ReportLog {
  let usual: string | undefined;
  let failed = 0;
  const refusals = new Set<string>();
  return {
    reported(address) {
      if (failed > 0 || address !== usual) {
        const fields = { hub: address, ...(usual === undefined || usual === address ? {} : { before: usual }) };
        logger.info({ ...fields, ...(failed > 0 ? { failedAttempts: failed } : {}) }, 'reporting to the hub');
      }
      usual = address;
      failed = 0;
      refusals.clear();
    },
    failed(address, error, refused) {
      failed++;
      const fields = { hub: address, code: error.code, error: error.message };
      // A refusal does not heal by itself: it is told also if it comes after a time without any answer, but once.
      const isNews = failed === 1 || (refused && !refusals.has(error.code));
      if (refused) refusals.add(error.code);
      if (isNews) logger.warn(fields, 'no report to the hub, the spoke goes on without');
      else logger.debug({ ...fields, failedAttempts: failed }, 'no report to the hub');
    },
  };
}
