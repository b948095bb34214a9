/** A spoke: one partition behind mTLS. No web, no API, no fleet. */
import { join } from 'node:path';
import { AgentService } from '../../gen/vigo/v1/agent_pb.js';
import { SpokeService } from '../../gen/vigo/v1/spoke_pb.js';
import { describeCa } from '../../pki/ca.ts';
import { readSmallFileIfPresent } from '../../platform/small-file.ts';
import { forService } from '../platform/for-service.ts';
import { requireKind } from '../platform/require-kind.ts';
import { openOrJoin } from '../spoke/join.ts';
import { openPartition } from '../spoke/partition.ts';
import { namesOf } from './fleet-identity.ts';
import { envoyPeer } from './peers.ts';
import { type RoleContext, type RoleParts, SPOKE_MESSAGE_BYTES } from './role-parts.ts';
import { openServerLicense } from './server-license.ts';

export async function openSpokeRole(context: RoleContext): Promise<RoleParts> {
  const { config, env, clock, logger } = context;
  const spokeId = config.spanner.spokeId as string;
  const dir = join(config.dataDir, 'tls');
  // A spoke that has joined knows the fleet's CA, the third part of its fingerprint; before that two parts must do.
  const knownCa = readSmallFileIfPresent(join(dir, 'ca.pem'));
  const caPublicKey = knownCa ? describeCa(knownCa).publicKeyDer : undefined;
  const license = await openServerLicense({ config, caPublicKey, env, clock, logger });
  const { dnsNames, ipAddresses } = namesOf(config);
  const sans = [...dnsNames, ...ipAddresses];
  const peerTls = await openOrJoin({ dir, spokeId, token: config.spanner.joinToken, sans, logger });
  const database = await context.openDatabase();
  const partition = await openPartition({
    spokeId,
    database,
    pace: config.checkin,
    clock,
    logger,
    version: context.version,
    envoyPeer,
  });
  return {
    peerTls,
    peerInterceptors: [forService(SpokeService, requireKind('hub'))],
    peerServices: [AgentService.typeName, SpokeService.typeName],
    peerRoutes: (router) => {
      router.service(AgentService, partition.agentService);
      router.service(SpokeService, partition.spokeService, { readMaxBytes: SPOKE_MESSAGE_BYTES });
    },
    start: async () => {},
    async reload() {
      await license.reload();
      return { peerTls: await openOrJoin({ dir, spokeId, token: undefined, sans, logger }) };
    },
    close: () => partition.close(),
  };
}
