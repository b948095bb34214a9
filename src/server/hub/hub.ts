import { locateSpread } from '../../fleet/checkin-schedule.ts';
import { checkCapacity } from '../../license/policy.ts';
import { createConfigRepository } from '../store/config-repository.ts';
import { createDeliveryRepository } from '../store/delivery-repository.ts';
import { createAdminService } from './admin/admin-service.ts';
import { auditActs } from './audit/audit-acts.ts';
import { createConfigDiffer } from './config/config-diff.ts';
import { createConfigDistribution } from './config/config-distribution.ts';
import { openConfigPublisher } from './config/config-publisher.ts';
import { createCredentials } from './credentials.ts';
import { createEnrollment } from './enrollment.ts';
import { createEpochRenewal } from './epoch-renewal.ts';
import { createFailover } from './failover/failover.ts';
import { openGround } from './ground.ts';
import type { Hub, HubOptions } from './hub-options.ts';
import { createKnownEnvoy } from './known-envoy.ts';
import { createEnvoyLists } from './listing/envoy-lists.ts';
import { createLocate } from './locate.ts';
import { createMachineServices } from './machine-services.ts';
import { countEnrollments } from './metrics/count-enrollments.ts';
import { registerHubMetrics } from './metrics/hub-metrics.ts';
import { createMovePlanner } from './moves/move-planner.ts';
import { openMoveService } from './moves/move-service.ts';
import { openObservers } from './observers.ts';
import { spokeConditions } from './overview/overview.ts';
import { openCertificates } from './pki/open-certificates.ts';
import { createSpokeJoining } from './pki/spoke-joining.ts';
import { createRevocation } from './revocation.ts';
import { createRunLists } from './runs/run-lists.ts';
import { createSpokeReports } from './spoke-reports.ts';
import { topicsOf } from './watch/signal-changes.ts';
import { createWebhookService } from './webhooks/webhook-service.ts';

export async function openHub(options: HubOptions): Promise<Hub> {
  const { config, database, clock, logger, pki } = options;
  const { spanner, checkin } = config;
  const { autoFailover, fanoutTimeoutMs } = spanner;
  const ground = await openGround(options);
  const { repository, tokens, moveRepository, noticeRepository, links, rules, metrics } = ground;
  const { audit, restoration, directory, notices, registry, access, monitor } = ground;
  const configRepository = createConfigRepository(database);
  const distribution = createConfigDistribution({
    links,
    monitor,
    live: options.live,
    sharesLive: options.role === 'standalone',
    clock,
    logger,
  });
  // Whoever waits for a spoke that is slow to take a configuration does not keep the server from stopping.
  options.stopping?.addEventListener('abort', () => void distribution.close(), { once: true });
  const publisher = await openConfigPublisher({
    repository: configRepository,
    live: options.live,
    check: options.checkStacks,
    distribution,
    clock,
    logger,
  });
  const known = createKnownEnvoy({
    directory,
    repository,
    keyHash: options.keyHash,
    isReconciling: () => restoration.state !== undefined,
  });
  const { envoyCertificates, signSpoke, pkiView } = openCertificates({
    pki,
    database,
    known,
    directory,
    links,
    monitor,
    metrics,
    clock,
    logger,
  });
  const enrollment = createEnrollment({
    directory,
    repository,
    tokens,
    moves: moveRepository,
    links,
    monitor,
    registry,
    notices,
    rules,
    duplicateHostname: config.enrollment.duplicateHostname,
    checkCapacity: (enrolled) => checkCapacity(options.license(), enrolled),
    sign: envoyCertificates.first,
    clock,
    logger,
  });
  const joinSpoke = createSpokeJoining({ tokens, links, sign: signSpoke, clock, logger });
  const locate = createLocate({
    directory,
    known,
    links,
    spreadMs: (envoys) => locateSpread(checkin, envoys),
    renewEpoch: createEpochRenewal({
      directory,
      directoryRepository: repository,
      moves: moveRepository,
      links,
      monitor,
      clock,
      logger,
    }),
    clock,
  });
  const report = createSpokeReports({ links, monitor });
  const lists = createEnvoyLists({ directory, links, monitor, timeoutMs: fanoutTimeoutMs, clock });
  const runs = createRunLists({ directory, links, monitor, timeoutMs: fanoutTimeoutMs, clock });
  const planner = createMovePlanner({ directory, links, monitor, registry, rules, fallback: autoFailover.fallback });
  const moves = await openMoveService({
    directory,
    directoryRepository: repository,
    moves: moveRepository,
    noticeRepository,
    links,
    monitor,
    registry,
    notices,
    planner,
    stopping: options.stopping,
    clock,
    logger,
  });
  const failover = createFailover({
    config: autoFailover,
    links,
    monitor,
    registry,
    directory,
    planner,
    restoration,
    moves,
    audit,
    clock,
    logger,
  });
  const observers = await openObservers({
    database,
    endpoints: options.notifications ?? [],
    audit,
    condition: () => spokeConditions({ directory, monitor, registry, notices, distribution, links }),
    monitor,
    moves,
    publisher,
    metrics,
    clock,
    logger,
  });
  const { signals, history, outbox } = observers;
  const webhooks = createWebhookService({
    sources: options.webhooks ?? [],
    repository: createDeliveryRepository(database),
    publisher,
    audit,
    onPublished: () => signals.changed(...topicsOf('publishConfig')),
    clock,
    logger,
  });
  registerHubMetrics({
    registry: metrics,
    links,
    monitor,
    directory,
    notices,
    spokes: registry,
    restoration,
    failover,
    failoverEnabled: autoFailover.enabled,
    license: options.license,
    moves,
    publisher,
    distribution,
    sessions: access.sessions,
    signals,
    clock,
  });
  const revocation = createRevocation({ directory, repository, moves: moveRepository, notices, clock });
  const credentials = createCredentials({
    repository: tokens,
    links,
    apiUrl: options.apiUrl,
    caDigest: () => pki.ca().digest,
    clock,
  });

  // Before anybody is served: what a crash left half-done is taken back.
  await enrollment.recover();

  return {
    adminService: createAdminService({
      role: options.role,
      directory,
      directoryRepository: repository,
      configRepository,
      moveRepository,
      links,
      lists,
      runs,
      revocation,
      timeoutMs: fanoutTimeoutMs,
      restoration,
      failover,
      failoverEnabled: autoFailover.enabled,
      monitor,
      registry,
      notices,
      distribution,
      publisher,
      diff: createConfigDiffer({ repository: configRepository, live: options.live }),
      moves,
      audit,
      outbox,
      credentials,
      license: options.license,
      history,
      signals,
      users: access.users,
      sessions: access.sessions,
      pki,
      pkiView,
      ...options.self,
      stopping: options.stopping,
      clock,
    }),
    adminInterceptor: auditActs({
      audit,
      moves: moveRepository,
      onDone: (method) => signals.changed(...topicsOf(method)),
    }),
    ...createMachineServices({
      envoyPeer: options.envoyPeer,
      reportingSpoke: options.reportingSpoke,
      enrollment,
      counted: countEnrollments(metrics),
      joinSpoke,
      locate,
      report,
      shownCertificate: options.shownCertificate,
      envoyCertificates,
      trustPem: () => pki.ca().trustPem,
      endpoint: options.endpoint,
      pace: checkin,
      clock,
    }),
    access,
    webhooks,
    async start() {
      await moves.resume();
      await webhooks.resume();
      await observers.start();
      monitor.start();
      failover.start();
    },
    async close() {
      failover.close();
      monitor.close();
      await Promise.all([moves.close(), webhooks.close(), observers.close(), distribution.close(), access.close()]);
    },
  };
}
