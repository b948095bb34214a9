/** Every change of a spoke's health, in the audit log. */
import type { HealthListener } from '../health/spoke-monitor.ts';
import type { AuditLog } from './audit-log.ts';

export function auditHealth(audit: Pick<AuditLog, 'record'>): HealthListener {
  return (spoke, before, { health, reason }) => {
    if (health === before.health) return;
    const detail = `${before.health} → ${health}${reason ? `: ${reason}` : ''}`;
    void audit.record({ actor: 'hub', action: 'spoke.health', subject: spoke, detail });
  };
}
