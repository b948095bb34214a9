/** Says once when a guard begins to hold a drain back, and once when it does not any more: to the log and to the audit log. */
import type { FailoverDecision, HeldDrain } from '../../../fleet/failover-policy.ts';
import type { Logger } from '../../../platform/logger.ts';
import type { AuditLog } from '../audit/audit-log.ts';

export interface HeldLog {
  /** What is decided now; says what is new in it. */
  show(decision: FailoverDecision): void;
}

export function createHeldLog({ audit, logger }: { audit: Pick<AuditLog, 'record'>; logger: Logger }): HeldLog {
  let frozen = false;
  let known = new Map<string, HeldDrain>();

  const note = (action: string, subject: string, detail: string): void => {
    void audit.record({ actor: 'hub', action, subject, detail });
  };

  return {
    show(decision) {
      if (decision.frozen !== frozen) {
        frozen = decision.frozen;
        if (frozen) logger.warn({ reason: decision.reason }, 'auto-failover is frozen');
        else logger.info({}, 'auto-failover is not frozen any more');
        note(frozen ? 'failover.frozen' : 'failover.thawed', '', decision.reason);
      }
      // A question that is answered in milliseconds is not worth a line.
      const held = new Map(
        decision.held
          .filter(({ guard }) => guard !== 'unconfirmed')
          .map((each) => [`${each.spoke} ${each.guard}`, each]),
      );
      for (const [key, { spoke, guard, reason, envoys }] of held) {
        if (known.has(key)) continue;
        logger.warn({ spoke, guard, reason, envoys }, 'failed spoke is not drained');
        note('failover.held', spoke, `${guard}: ${reason}`);
      }
      for (const [key, { spoke, guard }] of known) {
        if (held.has(key)) continue;
        logger.info({ spoke, guard }, 'guard does not hold the drain back any more');
        note('failover.released', spoke, guard);
      }
      known = held;
    },
  };
}
