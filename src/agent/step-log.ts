/** Says what changes, once: a check-in like the one before it leaves no line. */
import type { VigoError } from '../fleet/errors.ts';
import type { Logger } from '../platform/logger.ts';
import { nameOf } from './endpoint.ts';
import { type AgentAction, FAILURES_BEFORE_LOCATE, type Step } from './machine-types.ts';

/** `action` is what was done, `after` what follows from it. */
export type StepLog = (action: AgentAction, after: Step, error: VigoError | undefined) => void;

export function createStepLog(logger: Logger): StepLog {
  let servedAt: string | undefined;
  return (action, after, error) => {
    const asked = nameOf(action.kind === 'check-in' ? action.at.endpoint : action.hub);
    const retryInMs = Math.round(after.action.delayMs);
    switch (after.verdict) {
      case 'served': {
        const { endpoint, epoch } = after.state.owner;
        const at = `${endpoint.address} ${epoch}`;
        if (at !== servedAt) logger.info({ spoke: nameOf(endpoint), address: endpoint.address, epoch }, 'checked in');
        servedAt = at;
        return;
      }
      case 'redirected':
      case 'located': {
        servedAt = undefined;
        const { endpoint, epoch } = after.state.target;
        const from = after.verdict === 'located' ? { hub: asked } : { from: asked };
        const fields = { ...from, spoke: nameOf(endpoint), address: endpoint.address, epoch, inMs: retryInMs };
        return logger.info(fields, after.verdict);
      }
      case 'throttled':
        return logger.info({ spoke: asked, retryInMs }, 'spoke busy');
      case 'outdated':
      case 'ignored':
        return logger.warn({ from: asked, verdict: after.verdict, retryInMs }, 'old answer ignored');
      case 'failed': {
        servedAt = undefined;
        const fields = { code: error?.code, error: error?.message, retryInMs };
        if (action.kind === 'locate') return logger.warn({ hub: asked, ...fields }, 'locate failed');
        const { failures } = after.state;
        // A server that stays away is not news any more.
        const level = failures <= FAILURES_BEFORE_LOCATE ? 'warn' : 'debug';
        return logger[level]({ spoke: asked, failures, ...fields }, 'owner failed');
      }
    }
  };
}
