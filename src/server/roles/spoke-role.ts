/** A spoke: one partition behind mTLS. No web, no API, no fleet. */
import { join } from 'node:path';
import { messageOf, VigoError } from '../../fleet/errors.ts';
import { AgentService } from '../../gen/vigo/v1/agent_pb.js';
import { SpokeService } from '../../gen/vigo/v1/spoke_pb.js';
import { caOriginKey } from '../../pki/ca-origin.ts';
import { readSmallFileIfPresent } from '../../platform/small-file.ts';
import type { PeerCredentials } from '../../rpc/peer-transport.ts';
import { forService } from '../platform/for-service.ts';
import { registerCertificateMetrics } from '../platform/metrics/certificate-metrics.ts';
import { registerLicenseExpiry } from '../platform/metrics/license-metrics.ts';
import { requireKind } from '../platform/require-kind.ts';
import { createHubCaller } from '../spoke/hub-link/hub-caller.ts';
import { createHubLink, type HubLink } from '../spoke/hub-link/hub-link.ts';
import { openOrJoin } from '../spoke/join.ts';
import { createReportMetrics } from '../spoke/metrics/report-metrics.ts';
import { createOwnCertificate } from '../spoke/own-certificate.ts';
import { openPartition, type Partition } from '../spoke/partition.ts';
import { namesOf } from './fleet-identity.ts';
import { envoyPeer } from './peers.ts';
import { type RoleContext, type RoleParts, SPOKE_MESSAGE_BYTES } from './role-parts.ts';
import { openServerLicense, type ServerLicense } from './server-license.ts';
import { openServerLive } from './server-stacks.ts';

export async function openSpokeRole(context: RoleContext): Promise<RoleParts> {
  const { config, clock, logger } = context;
  const spokeId = config.spanner.spokeId as string;
  const dir = join(config.dataDir, 'tls');
  const early = await openEarlyLicense(context, dir);
  const { dnsNames, ipAddresses } = namesOf(config);
  const sans = [...dnsNames, ...ipAddresses];
  const joined = await openOrJoin({ dir, spokeId, token: config.spanner.joinToken, sans, logger });
  const certificate = createOwnCertificate({ dir, spokeId, identity: joined, sans, clock, logger });
  const license = early ?? (await openLicense(context, dir));
  registerLicenseExpiry(context.metrics, license.current);
  registerCertificateMetrics({
    registry: context.metrics,
    certificates: () => ({ server: certificate.current().certPem, ca: certificate.current().caPem }),
    clock,
  });
  const database = await context.openDatabase();
  const live = await openServerLive(context);
  // What was is the hub's to keep: it sends an older version again if it is wanted.
  live.onSwitch(() => {
    live.keepOnly([]).catch((error: unknown) => logger.warn({ error: messageOf(error) }, 'old versions not removed'));
  });
  const partition = await openPartition({
    spokeId,
    database,
    live,
    pace: config.checkin,
    runs: config.runs,
    metrics: context.metrics,
    clock,
    logger,
    version: context.version,
    trustTag: certificate.trustTag,
    certificate,
    envoyPeer,
  });
  let partitionClosed: Promise<void> | undefined;
  const closePartition = () => (partitionClosed ??= partition.close());
  context.onClose(closePartition);
  const hubLink = openHubLink(context, certificate.current(), partition.status);
  certificate.onChange((tls) => hubLink?.reload(tls));
  return {
    peerTls: certificate.current(),
    peerInterceptors: [forService(SpokeService, requireKind('hub'))],
    peerServices: [AgentService.typeName, SpokeService.typeName],
    peerRoutes: (router) => {
      router.service(AgentService, partition.agentService);
      router.service(SpokeService, partition.spokeService, { readMaxBytes: SPOKE_MESSAGE_BYTES });
    },
    start: async () => hubLink?.start(),
    async reload() {
      await license.reload();
      certificate.use(await openOrJoin({ dir, spokeId, token: undefined, sans, logger }));
    },
    onTls: (listener) => certificate.onChange((peerTls) => listener({ peerTls })),
    async close() {
      await Promise.all([hubLink?.close(), closePartition()]);
    },
  };
}

/** Undefined for a spoke that is not told where its hub is: it does not report. */
function openHubLink(
  { config, metrics, tracing, clock, logger }: RoleContext,
  tls: PeerCredentials,
  status: Partition['status'],
): HubLink | undefined {
  const { hubAddr, hubFallbackAddrs: fallbackAddrs, reportIntervalMs: intervalMs } = config.spanner;
  if (hubAddr === undefined) return undefined;
  const caller = createHubCaller({ tls, intervalMs, interceptors: tracing ? [tracing.client({})] : [], clock });
  return createHubLink({
    hubAddr,
    fallbackAddrs,
    intervalMs,
    status,
    caller,
    onAttempt: createReportMetrics(metrics, clock),
    clock,
    logger,
  });
}

const openLicense = (context: RoleContext, dir: string): Promise<ServerLicense> =>
  openServerLicense({ ...context, caPublicKey: () => caOriginKey(dir, readSmallFileIfPresent(join(dir, 'ca.pem'))) });

/**
 * The license before anything else, so that a spoke that must not run does not use up its token. The fleet's CA is the third
 * part of the fingerprint: where a spoke does not know it yet and the other two do not suffice, the question is put off
 * until it has joined.
 */
async function openEarlyLicense(context: RoleContext, dir: string): Promise<ServerLicense | undefined> {
  try {
    return await openLicense(context, dir);
  } catch (error) {
    const undecided =
      error instanceof VigoError && ['FINGERPRINT_UNAVAILABLE', 'LICENSE_OTHER_MACHINE'].includes(error.code);
    if (!undecided || context.config.spanner.joinToken === undefined) throw error;
    return undefined;
  }
}
