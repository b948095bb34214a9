/** All migrations in order. A static map: a bundle or a package can lose no file, and names never change once released. */
import type { Migration } from 'kysely/migration';
import { firstFleet } from './0001-first-fleet.ts';
import { configHistory } from './0002-config-history.ts';
import { runs } from './0003-runs.ts';
import { audit } from './0004-audit.ts';
import { access } from './0005-access.ts';
import { auditActs } from './0006-audit-acts.ts';
import { fleetHistory } from './0007-fleet-history.ts';
import { webhooks } from './0008-webhooks.ts';
import { notifications } from './0009-notifications.ts';
import { certificates } from './0010-certificates.ts';
import { restoration } from './0011-restoration.ts';
import { webhookRepository } from './0012-webhook-repository.ts';

export const MIGRATIONS: Record<string, Migration> = {
  '0001-first-fleet': firstFleet,
  '0002-config-history': configHistory,
  '0003-runs': runs,
  '0004-audit': audit,
  '0005-access': access,
  '0006-audit-acts': auditActs,
  '0007-fleet-history': fleetHistory,
  '0008-webhooks': webhooks,
  '0009-notifications': notifications,
  '0010-certificates': certificates,
  '0011-restoration': restoration,
  '0012-webhook-repository': webhookRepository,
};
