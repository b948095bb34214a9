/** A spoke in memory: the real partition on a real database file, behind a wire that can fail. */
import { join } from 'node:path';
import { create } from '@bufbuild/protobuf';
import { createClient, createRouterTransport, type HandlerContext, type Transport } from '@connectrpc/connect';
import { VigoError } from '../../src/fleet/errors.ts';
import type { SpokeSpec } from '../../src/fleet/placement.ts';
import { AgentService } from '../../src/gen/vigo/v1/agent_pb.js';
import { SpokeService } from '../../src/gen/vigo/v1/spoke_pb.js';
import { type EnvoyRecord, EnvoyRecordSchema } from '../../src/gen/vigo/v1/types_pb.js';
import { formatIdentity } from '../../src/pki/identity.ts';
import type { Clock } from '../../src/platform/clock.ts';
import { silentLogger } from '../../src/platform/logger.ts';
import type { PartitionEndpoint, PartitionLink } from '../../src/server/hub/partition-links.ts';
import type { LiveConfig } from '../../src/server/live/live-config.ts';
import { createErrorInterceptor } from '../../src/server/platform/error-interceptor.ts';
import type { EnvoyPeer } from '../../src/server/spoke/check-in.ts';
import { openPartition, type Partition } from '../../src/server/spoke/partition.ts';
import { type Database, openDatabase } from '../../src/server/store/database.ts';
import { createFaultyTransport } from './faulty-transport.ts';
import { createKillSwitch, type KillSwitch } from './kill-switch.ts';
import { openMemoryLive } from './memory-live.ts';
import { settleTurns } from './turns.ts';

export const PEER_HEADER = 'x-test-peer';

/** The caller that a test names in a header, in place of a TLS handshake. */
export function peerFromHeader(context: Pick<HandlerContext, 'requestHeader'>): EnvoyPeer {
  const [envoyId = '', keyHash = ''] = (context.requestHeader.get(PEER_HEADER) ?? '').split(' ');
  return { envoyId, keyHash };
}

export interface MemorySpokeOptions {
  readonly spec: SpokeSpec;
  readonly trustDomain: string;
  readonly dataDir: string;
  readonly pace: { readonly intervalMs: number; readonly maxRate: number };
  readonly clock: Clock;
}

export interface MemorySpoke {
  readonly id: string;
  readonly spec: SpokeSpec;
  readonly endpoint: PartitionEndpoint;
  readonly databaseFile: string;
  readonly running: boolean;
  /** What it serves; of the process that runs now. */
  readonly live: LiveConfig | undefined;
  /** up; hung: takes calls and never answers; cut: agents reach it, the hub does not. */
  wire: 'up' | 'hung' | 'cut';
  /** Answers the hub's questions how it is with "too much to do". */
  refuses: boolean;
  /** Called before it takes in a version; what it throws, the hub is told. */
  onReceive: ((version: string) => Promise<void>) | undefined;
  /** Names of methods whose answers, to the hub and to agents, get lost. */
  readonly lostAnswers: Set<string>;
  /** Looks on while records and runs come and go. */
  watch: SpokeWatch | undefined;
  /** Calls of the hub by method. */
  readonly calls: Map<string, number>;
  /** Highest epoch under which it has confirmed to have let an envoy go. */
  readonly released: Map<string, number>;
  /** The process itself, whatever the wire is. */
  readonly transport: Transport | undefined;
  /** How agents reach it. */
  readonly agentTransport: Transport;
  /** The hub's way to it. `caller`: dies with the hub. */
  linkFor(caller: KillSwitch, onStep?: (method: string) => void): PartitionLink;
  start(): Promise<void>;
  /** Ends at once, as by SIGKILL: what is only in memory is lost. */
  kill(): Promise<void>;
  /** The process dies in place of its n-th step from now. */
  killAtStep(n: number): void;
  /** Ends as by SIGTERM. */
  stop(): Promise<void>;
}

/** What a test wants to know of a spoke. */
export interface SpokeWatch {
  /** It has answered with these records, for their next owner. */
  handedOver(spoke: string, records: readonly EnvoyRecord[]): void;
  /** It has taken these over, or had them. */
  adopted(spoke: string, records: readonly EnvoyRecord[]): void;
  /** A run comes in; what is returned is called when its fate is decided, whatever that is. */
  reporting(spoke: string, envoyId: string, runId: string): () => void;
}

interface Process {
  readonly partition: Partition;
  readonly database: Database;
  readonly life: KillSwitch;
  readonly live: LiveConfig;
  readonly transport: Transport;
}

export function createMemorySpoke(options: MemorySpokeOptions): MemorySpoke {
  const { spec, clock } = options;
  let process: Process | undefined;

  const end = async (gracefully: boolean): Promise<void> => {
    const ending = process;
    process = undefined;
    if (!ending) return;
    if (gracefully) await ending.partition.close();
    ending.life.kill();
    await settleTurns();
    await ending.database.destroy();
  };

  const spoke: MemorySpoke = {
    id: spec.id,
    spec,
    endpoint: {
      address: spec.addr,
      identity: formatIdentity({ kind: 'spoke', id: spec.id, trustDomain: options.trustDomain }),
      spokeId: spec.id,
    },
    databaseFile: join(options.dataDir, `${spec.id}.db`),
    get running() {
      return process !== undefined && !process.life.dead;
    },
    get live() {
      return process?.live;
    },
    wire: 'up',
    refuses: false,
    onReceive: undefined,
    lostAnswers: new Set(),
    calls: new Map(),
    released: new Map(),
    watch: undefined,
    get transport() {
      return process?.life.dead ? undefined : process?.transport;
    },
    agentTransport: createFaultyTransport({
      process: () => spoke.transport,
      silent: () => false,
      losesAnswer: (method) => spoke.lostAnswers.has(method),
      step: () => {},
      clock,
    }),
    killAtStep: (n) => process?.life.killAtStep(n),
    linkFor(caller, onStep) {
      const transport = createFaultyTransport({
        process: () => (spoke.wire === 'cut' ? undefined : spoke.transport),
        silent: () => spoke.wire === 'hung',
        losesAnswer: (method) => caller.dead || spoke.lostAnswers.has(method),
        step(method) {
          caller.step();
          onStep?.(method);
          spoke.calls.set(method, (spoke.calls.get(method) ?? 0) + 1);
        },
        clock,
      });
      return { spec, endpoint: spoke.endpoint, client: createClient(SpokeService, transport) };
    },
    async start() {
      if (spoke.running) return;
      await end(false);
      const life = createKillSwitch();
      const database = await openDatabase({ url: `sqlite:${spoke.databaseFile}`, dataDir: options.dataDir });
      const live = await openMemoryLive({
        dataDir: join(options.dataDir, spec.id),
        life,
        clock,
        onReceive: (version) => spoke.onReceive?.(version),
      });
      const partition = await openPartition({
        spokeId: spec.id,
        live,
        database: life.database(database),
        pace: options.pace,
        runs: { maxAgeMs: 30 * 24 * 3_600_000, maxPerEnvoy: 100 },
        clock: life.clock(clock),
        logger: silentLogger,
        version: 'test',
        trustTag: () => 1,
        envoyPeer: peerFromHeader,
      });
      process = { partition, database, life, live, transport: transportOf(spoke, partition) };
    },
    kill: () => end(false),
    stop: () => end(true),
  };
  return spoke;
}

function transportOf(spoke: MemorySpoke, { agentService, spokeService }: Partition): Transport {
  return createRouterTransport(
    (router) => {
      router.service(AgentService, {
        ...agentService,
        async reportRun(request, context) {
          const decided = spoke.watch?.reporting(spoke.id, peerFromHeader(context).envoyId, request.run?.id ?? '');
          try {
            return await agentService.reportRun(request, context);
          } finally {
            decided?.();
          }
        },
      });
      router.service(SpokeService, {
        ...spokeService,
        status(request, context) {
          if (spoke.refuses) throw new VigoError('OVERLOADED', 'too many calls: come back later');
          return spokeService.status(request, context);
        },
        async getEnvoys(request, context) {
          const answer = await spokeService.getEnvoys(request, context);
          const envoys = (answer.envoys ?? []).map((record) => create(EnvoyRecordSchema, record));
          if (request.handOver) spoke.watch?.handedOver(spoke.id, envoys);
          return answer;
        },
        async adopt(request, context) {
          const answer = await spokeService.adopt(request, context);
          const taken = new Set(answer.adoptedIds);
          const records = request.envoys.filter(({ id }) => taken.has(id));
          spoke.watch?.adopted(spoke.id, records);
          return answer;
        },
        async release(request, context) {
          const answer = await spokeService.release(request, context);
          for (const { id, epoch } of request.envoys) {
            spoke.released.set(id, Math.max(epoch, spoke.released.get(id) ?? 0));
          }
          return answer;
        },
      });
    },
    { router: { interceptors: [createErrorInterceptor({ logger: silentLogger })] } },
  );
}
