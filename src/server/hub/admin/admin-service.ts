/** All of `AdminService`: the parts of this folder, put together. */
import type { ServiceImpl } from '@connectrpc/connect';
import type { AdminService } from '../../../gen/vigo/v1/admin_pb.js';
import type { AuditLog } from '../audit/audit-log.ts';
import { countUnplaced } from '../failover/unplaced.ts';
import type { MoveService } from '../moves/move-service.ts';
import { type AccessAdminOptions, createAccessAdmin } from './access-admin.ts';
import { createAuditAdmin } from './audit-admin.ts';
import { type ConfigAdminOptions, createConfigAdmin } from './config-admin.ts';
import { type CredentialAdminOptions, createCredentialAdmin } from './credential-admin.ts';
import { createEnvoyAdmin, type EnvoyAdminOptions } from './envoy-admin.ts';
import { createMoveAdmin } from './move-admin.ts';
import { createNotificationAdmin } from './notification-admin.ts';
import { createOverviewAdmin, type OverviewAdminOptions } from './overview-admin.ts';
import { createPkiAdmin, type PkiAdminOptions } from './pki-admin.ts';
import { createRunAdmin } from './run-admin.ts';
import { createSpannerAdmin, type SpannerAdminOptions } from './spanner-admin.ts';

export interface AdminServiceOptions
  extends Omit<EnvoyAdminOptions, 'repository'>,
    SpannerAdminOptions,
    Omit<ConfigAdminOptions, 'repository'>,
    CredentialAdminOptions,
    AccessAdminOptions,
    PkiAdminOptions,
    Omit<OverviewAdminOptions, 'unplaced'> {
  readonly directoryRepository: EnvoyAdminOptions['repository'];
  readonly configRepository: ConfigAdminOptions['repository'];
  readonly runs: EnvoyAdminOptions['runs'] & SpannerAdminOptions['runs'] & Parameters<typeof createRunAdmin>[0];
  readonly publisher: ConfigAdminOptions['publisher'];
  readonly distribution: SpannerAdminOptions['distribution'] & ConfigAdminOptions['distribution'];
  readonly monitor: SpannerAdminOptions['monitor'];
  readonly failover: SpannerAdminOptions['failover'];
  readonly moves: MoveService;
  readonly audit: Pick<AuditLog, 'list' | 'verify'>;
  readonly outbox: Parameters<typeof createNotificationAdmin>[0];
}

export function createAdminService(options: AdminServiceOptions): ServiceImpl<typeof AdminService> {
  return {
    ...createEnvoyAdmin({ ...options, repository: options.directoryRepository }),
    ...createSpannerAdmin(options),
    ...createMoveAdmin(options.moves),
    ...createRunAdmin(options.runs),
    ...createAuditAdmin(options.audit),
    ...createNotificationAdmin(options.outbox),
    ...createConfigAdmin({ ...options, repository: options.configRepository }),
    ...createCredentialAdmin(options),
    ...createAccessAdmin(options),
    ...createPkiAdmin(options),
    ...createOverviewAdmin({ ...options, unplaced: () => countUnplaced(options) }),
  };
}
