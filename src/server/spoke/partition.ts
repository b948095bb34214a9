/** A partition: everything that serves a set of envoys. A spoke is one, and a standalone server has one inside. */
import type { ServiceImpl } from '@connectrpc/connect';
import type { Registry } from 'prom-client';
import type { CheckinPace } from '../../fleet/checkin-schedule.ts';
import { AgentService, type CheckInRequest } from '../../gen/vigo/v1/agent_pb.js';
import type { SpokeService } from '../../gen/vigo/v1/spoke_pb.js';
import type { Clock } from '../../platform/clock.ts';
import type { Logger } from '../../platform/logger.ts';
import { createMutex } from '../../platform/mutex.ts';
import { RESOURCE_TYPES } from '../../resources/index.ts';
import { openPolicy } from '../../stacks/open-policy.ts';
import type { LiveConfig } from '../live/live-config.ts';
import { type InstantContext, instant } from '../platform/instant-calls.ts';
import type { Database } from '../store/database.ts';
import { createFleetRepository } from '../store/fleet-repository.ts';
import { createRunRepository } from '../store/run-repository.ts';
import { type AgentGates, createAgentGates } from './agent-gates.ts';
import { createCertificateService } from './certificate-service.ts';
import { createCheckIn, type EnvoyPeer } from './check-in.ts';
import { createCheckinFlusher } from './checkin-flusher.ts';
import { createConfigReceiver } from './config/config-receiver.ts';
import { createCustody } from './custody.ts';
import { createEnvoyIndex } from './envoy-index.ts';
import { complianceOf } from './envoy-rows.ts';
import { countedCheckIn } from './metrics/counted-check-in.ts';
import { createPartitionMetrics } from './metrics/partition-metrics.ts';
import type { OwnCertificate } from './own-certificate.ts';
import { type PartitionStatus, partitionStatus } from './partition-status.ts';
import { createBundles } from './policy/bundles.ts';
import { createPolicyService } from './policy/policy-service.ts';
import { createRateMeter } from './rate-meter.ts';
import { createRunPruner, type RunRetention } from './runs/run-pruner.ts';
import { createRunQueries } from './runs/run-queries.ts';
import { createRunRecorder } from './runs/run-recorder.ts';
import { createSpokeService } from './spoke-service.ts';

/** An agent that was away this long and comes to its old spoke asks the hub instead of being redirected. */
const KEEP_TOMBSTONES_MS = 90 * 24 * 3600 * 1000;

export interface PartitionOptions {
  readonly spokeId: string;
  readonly database: Database;
  /** What is published, as this server has it. */
  readonly live: LiveConfig;
  readonly pace: CheckinPace;
  /** How long runs are kept. */
  readonly runs: RunRetention;
  /** Where what is measured can be read; default nowhere. */
  readonly metrics?: Registry;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly version: string;
  /** Of the CAs that this server trusts, at this moment. */
  readonly trustTag: () => number;
  /** The spoke's own; default none, as in a standalone server. */
  readonly certificate?: OwnCertificate;
  /** Who is calling `AgentService`; throws PERMISSION_DENIED for whoever is no envoy. */
  readonly envoyPeer: (context: InstantContext) => EnvoyPeer;
}

export interface Partition {
  readonly agentService: ServiceImpl<typeof AgentService>;
  readonly spokeService: ServiceImpl<typeof SpokeService>;
  /** How it is, at this moment. */
  status(): PartitionStatus;
  /** Writes what is only in memory, and answers the runs that wait. */
  close(): Promise<void>;
}

export async function openPartition(options: PartitionOptions): Promise<Partition> {
  const { clock, logger, pace, envoyPeer } = options;
  const repository = createFleetRepository(options.database);
  const runRepository = createRunRepository(options.database);
  await repository.pruneTombstones(clock.now() - KEEP_TOMBSTONES_MS);
  const index = createEnvoyIndex(await repository.loadEnvoys(), await repository.loadTombstones());
  const flusher = createCheckinFlusher({
    repository,
    isCurrent: (entry) => index.get(entry.id) === entry,
    clock,
    logger,
  });
  const meter = createRateMeter(clock);
  const refused = createRateMeter(clock);
  const source = { index, spokeId: options.spokeId, pace };
  const metrics = createPartitionMetrics(
    {
      compliance: () => complianceOf(source, clock.now()),
      servesConfig: () => options.live.current !== undefined,
    },
    options.metrics,
  );
  const onRefused = (call: keyof AgentGates): void => {
    refused.count();
    metrics.sentAway[call].add();
  };
  const gates = createAgentGates({ pace, envoyPeer, onRefused, clock });
  const mutex = createMutex();
  const recorder = createRunRecorder({
    index,
    repository: runRepository,
    mutex,
    onNew: (outcome) => metrics.runs[outcome].add(),
    clock,
    logger,
  });
  const pruner = createRunPruner({ repository: runRepository, retention: options.runs, clock, logger });
  const custody = createCustody({ index, repository, flusher, recorder, mutex, clock });
  const bundles = createBundles({ source: options.live, open: (files) => openPolicy(files, RESOURCE_TYPES), logger });
  const { trustTag, certificate } = options;
  const checkIn = createCheckIn({ index, flusher, meter, pace, configVersion: () => bundles.version, trustTag, clock });
  const startedAt = clock.now();
  const status = () =>
    partitionStatus({
      source,
      meter,
      refused,
      live: options.live,
      certificate,
      clock,
      startedAt,
      version: options.version,
    });
  pruner.start();
  return {
    agentService: {
      checkIn: instant(
        AgentService.method.checkIn,
        countedCheckIn(metrics, (request: CheckInRequest, context: InstantContext) =>
          checkIn(request, gates.checkIn(context)),
        ),
      ),
      ...createPolicyService({ bundles, index, gates, counted: metrics }),
      async reportRun({ run }, context) {
        await recorder.record(gates.reportRun(context), run);
        return {};
      },
    },
    spokeService: createSpokeService({
      source,
      custody,
      status,
      runs: createRunQueries({ repository: runRepository, spokeId: options.spokeId }),
      syncConfig: createConfigReceiver({ live: options.live, clock }),
      certificate: createCertificateService(certificate),
      clock,
    }),
    status,
    async close() {
      await Promise.all([recorder.close(), pruner.close()]);
      await flusher.close();
    },
  };
}
