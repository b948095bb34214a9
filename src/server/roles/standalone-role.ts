/** A standalone server: a hub whose one partition is in the same process, reached through the same generated client. */
import { createClient, createRouterTransport } from '@connectrpc/connect';
import { AgentService } from '../../gen/vigo/v1/agent_pb.js';
import { SpokeService } from '../../gen/vigo/v1/spoke_pb.js';
import { createErrorInterceptor } from '../platform/error-interceptor.ts';
import { openPartition } from '../spoke/partition.ts';
import { openFleetRole } from './fleet-role.ts';
import type { Partitions, PartitionsContext } from './partitions.ts';
import { envoyPeer } from './peers.ts';
import type { RoleContext, RoleParts } from './role-parts.ts';

/** The partition's name in lists. */
const LOCAL = 'local';

export function openStandaloneRole(context: RoleContext): Promise<RoleParts> {
  // Every host name belongs here, whatever spokes a file names for the day when this becomes a hub.
  const spanner = { ...context.config.spanner, spokes: [], defaultSpoke: LOCAL };
  return openFleetRole({ ...context, config: { ...context.config, spanner } }, 'standalone', openLocalPartition);
}

async function openLocalPartition(context: PartitionsContext): Promise<Partitions> {
  const { config, database, live, metrics, clock, logger, version, ownEndpoint } = context;
  const partition = await openPartition({
    spokeId: LOCAL,
    database,
    live,
    pace: config.checkin,
    runs: config.runs,
    metrics,
    clock,
    logger,
    version,
    trustTag: () => context.identity.ca().trustTag,
    envoyPeer,
  });
  const transport = createRouterTransport((router) => router.service(SpokeService, partition.spokeService), {
    router: { interceptors: [createErrorInterceptor({ logger })] },
  });
  const link = {
    spec: { id: LOCAL, addr: '', patterns: ['*'] },
    // The port is known only when the listener is bound; nobody asks before.
    get endpoint() {
      return ownEndpoint(LOCAL);
    },
    client: createClient(SpokeService, transport),
  };
  return {
    links: [link],
    mount: (router) => router.service(AgentService, partition.agentService),
    services: [AgentService.typeName],
    close: () => partition.close(),
  };
}
