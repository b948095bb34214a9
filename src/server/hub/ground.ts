/**
 * What all parts of a hub stand on: who is where (directory), what spokes have still to be told (notices), how they are (monitor) and
 * what operators have said of them (registry), who may ask (access) and what was done (audit).
 */
import { Registry } from 'prom-client';
import { redirectSpread } from '../../fleet/checkin-schedule.ts';
import { compileRules } from '../../fleet/placement.ts';
import { NO_FAULTS } from '../platform/fault-injection.ts';
import { createAuditRepository } from '../store/audit-repository.ts';
import { createClaimsRepository } from '../store/claims-repository.ts';
import { createDirectoryRepository } from '../store/directory-repository.ts';
import { createMoveRepository } from '../store/move-repository.ts';
import { createNoticeRepository } from '../store/notice-repository.ts';
import { createRestorationRepository } from '../store/restoration-repository.ts';
import { createSpokeRepository } from '../store/spoke-repository.ts';
import { createTokenRepository } from '../store/token-repository.ts';
import { openAccess } from './access/access.ts';
import { openAuditLog } from './audit/audit-log.ts';
import { openDirectory } from './directory.ts';
import { directoryRecords } from './directory-records.ts';
import { createSpokeCorrector } from './health/spoke-corrector.ts';
import { createSpokeMonitor } from './health/spoke-monitor.ts';
import type { HubOptions } from './hub-options.ts';
import { countMovedEnvoys } from './metrics/move-metrics.ts';
import { createAuditMetrics } from './metrics/operator-metrics.ts';
import { openNotices } from './notices.ts';
import { createPartitionLinks } from './partition-links.ts';
import { reconciledFirst } from './restoration/reconciled-first.ts';
import { openRestoration } from './restoration/restoration.ts';
import { openSpokeRegistry } from './spoke-registry.ts';

/** A probe that takes longer than this is a failed one, whatever the interval. */
const PROBE_TIMEOUT_MS = 5_000;

export async function openGround(options: HubOptions) {
  const { config, database, clock, logger, faults = NO_FAULTS, metrics = new Registry() } = options;
  const { spanner, checkin } = config;
  const { autoFailover } = spanner;
  const repository = createDirectoryRepository(database);
  const tokens = createTokenRepository(database);
  const moveRepository = countMovedEnvoys(metrics, faults.steps('moves', createMoveRepository(database)));
  const noticeRepository = faults.steps('notices', createNoticeRepository(database));
  const links = createPartitionLinks(options.links);
  const rules = compileRules(
    options.links.map((link) => link.spec),
    spanner.defaultSpoke,
  );
  const spreadMs = (envoys: number) => redirectSpread(checkin, envoys);

  const audit = await openAuditLog({
    repository: createAuditRepository(database),
    onWritten: createAuditMetrics(metrics),
    clock,
    logger,
  });
  const restoration = await openRestoration({
    marker: options.restored,
    repository: createRestorationRepository(database),
    links,
    audit,
    clock,
    logger,
  });
  const directory = await openDirectory(repository);
  const notices = await openNotices({ repository: noticeRepository, links, logger, spreadMs });
  const registry = await openSpokeRegistry({ repository: createSpokeRepository(database), clock });
  const { adminToken } = options;
  const access = await openAccess({ config: config.auth, database, adminToken, audit, clock, logger });
  const corrector = createSpokeCorrector({
    directory,
    repository,
    noticeRepository,
    notices,
    records: (envoys, told) => directoryRecords({ directory, directoryRepository: repository, clock }, envoys, told),
    audit,
    logger,
  });
  const probeTimeoutMs = Math.min(PROBE_TIMEOUT_MS, autoFailover.intervalMs);
  const monitor = createSpokeMonitor({
    links,
    notices,
    corrector: reconciledFirst({
      restoration,
      corrector,
      directory,
      repository: createClaimsRepository(database),
      notices,
      waitMs: probeTimeoutMs,
      stopping: options.stopping,
      audit,
      clock,
      logger,
    }),
    policy: autoFailover,
    intervalMs: autoFailover.intervalMs,
    timeoutMs: probeTimeoutMs,
    clock,
    logger,
  });
  return {
    ...{ repository, tokens, moveRepository, noticeRepository, links, rules, metrics },
    ...{ audit, restoration, directory, notices, registry, access, monitor },
  };
}
