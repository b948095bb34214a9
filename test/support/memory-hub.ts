/** A hub in memory: the real one, on a real database file; can be killed at any step and started again. */
import { join } from 'node:path';
import { type Client, createClient, createRouterTransport, type Transport } from '@connectrpc/connect';
import { AdminService } from '../../src/gen/vigo/v1/admin_pb.js';
import { EnrollmentService } from '../../src/gen/vigo/v1/enrollment_pb.js';
import { HubService } from '../../src/gen/vigo/v1/hub_pb.js';
import { FREE_LICENSE } from '../../src/license/policy.ts';
import type { CertificateAuthority } from '../../src/pki/ca.ts';
import { YEAR_MS } from '../../src/pki/certificates.ts';
import { formatIdentity } from '../../src/pki/identity.ts';
import type { Clock } from '../../src/platform/clock.ts';
import { type Logger, silentLogger } from '../../src/platform/logger.ts';
import { openHub } from '../../src/server/hub/hub.ts';
import type { Hub, HubOptions } from '../../src/server/hub/hub-options.ts';
import type { PartitionEndpoint } from '../../src/server/hub/partition-links.ts';
import type { LiveConfig } from '../../src/server/live/live-config.ts';
import { type Authority, createAdminAuth, createRoleCheck } from '../../src/server/platform/admin-auth.ts';
import { createErrorInterceptor } from '../../src/server/platform/error-interceptor.ts';
import { forService } from '../../src/server/platform/for-service.ts';
import { publicKeyHash } from '../../src/server/platform/peer.ts';
import { type Database, openDatabase } from '../../src/server/store/database.ts';
import type { RestoredMarker } from '../../src/server/store/restored-note.ts';
import { createFaultyTransport } from './faulty-transport.ts';
import { createKillSwitch, type KillSwitch } from './kill-switch.ts';
import type { FleetSettings } from './memory-fleet.ts';
import { openMemoryLive } from './memory-live.ts';
import { type MemorySpoke, PEER_HEADER, peerFromHeader } from './memory-spoke.ts';
import { settleTurns } from './turns.ts';

export interface MemoryHubOptions {
  readonly settings: FleetSettings;
  /** Those that the configuration names when the hub starts. */
  readonly spokes: () => readonly MemorySpoke[];
  readonly ca: CertificateAuthority;
  readonly dataDir: string;
  readonly clock: Clock;
}

export interface MemoryHub {
  readonly running: boolean;
  /** The process that runs now. */
  readonly transport: Transport | undefined;
  readonly endpoint: PartitionEndpoint;
  readonly databaseFile: string;
  /** What is published; of the process that runs now. */
  readonly live: LiveConfig | undefined;
  readonly admin: Client<typeof AdminService>;
  readonly enrollment: Client<typeof EnrollmentService>;
  readonly locate: Client<typeof HubService>;
  /** Of the process that runs now. */
  readonly life: KillSwitch;
  /** What a restore has left in the data directory; the hub takes it away when it is done. */
  restoredNote: Omit<RestoredMarker, 'remove'> | undefined;
  /** Called before each call to a spoke. */
  onCall: ((spoke: string, method: string) => void) | undefined;
  /** Called before each statement with its kind; what it throws, the database throws. */
  onStatement: ((kind: string) => void) | undefined;
  /** `killAtStep`: dies at the n-th step after it has opened, which may be before this resolves. */
  start(options?: { killAtStep?: number }): Promise<void>;
  kill(): Promise<void>;
  stop(): Promise<void>;
}

interface Process {
  readonly hub: Hub;
  readonly database: Database;
  readonly live: LiveConfig;
  readonly transport: Transport;
}

export function createMemoryHub(options: MemoryHubOptions): MemoryHub {
  const { ca, clock, settings } = options;
  const logger = settings.logger ?? silentLogger;
  let process: Process | undefined;
  let life = createKillSwitch();
  const transport = createFaultyTransport({
    process: () => (life.dead ? undefined : process?.transport),
    silent: () => false,
    losesAnswer: () => false,
    step: () => {},
    clock,
  });

  const end = async (gracefully: boolean): Promise<void> => {
    const ending = process;
    process = undefined;
    if (!ending) return;
    if (gracefully && !life.dead) await ending.hub.close();
    life.kill();
    await settleTurns();
    await ending.database.destroy();
  };

  const hub: MemoryHub = {
    get running() {
      return process !== undefined && !life.dead;
    },
    get transport() {
      return life.dead ? undefined : process?.transport;
    },
    endpoint: {
      address: 'hub.test:1530',
      identity: formatIdentity({ kind: 'hub', trustDomain: ca.trustDomain }),
      spokeId: '',
    },
    get live() {
      return process?.live;
    },
    databaseFile: join(options.dataDir, 'hub.db'),
    admin: createClient(AdminService, transport),
    enrollment: createClient(EnrollmentService, transport),
    locate: createClient(HubService, transport),
    get life() {
      return life;
    },
    restoredNote: undefined,
    onCall: undefined,
    onStatement: undefined,
    async start({ killAtStep } = {}) {
      if (process) throw new Error('the hub runs already');
      life = createKillSwitch();
      const own = life;
      const database = await openDatabase({ url: `sqlite:${hub.databaseFile}`, dataDir: options.dataDir });
      const live = await openMemoryLive({ dataDir: join(options.dataDir, 'hub'), life: own, clock });
      const opened = await openHub({
        role: 'hub',
        live,
        checkStacks: settings.checkStacks,
        config: settings,
        notifications: settings.notifications ?? [],
        self: { version: '0.0.0', hostname: 'hub.test' },
        adminToken: 'vgot_of-the-memory-hub',
        restored: hub.restoredNote && {
          ...hub.restoredNote,
          remove: async () => {
            if (!own.dead) hub.restoredNote = undefined;
          },
        },
        links: options.spokes().map((spoke) => spoke.linkFor(own, (method) => hub.onCall?.(spoke.id, method))),
        database: own.database(database, (kind) => hub.onStatement?.(kind)),
        pki: fixedPki(ca),
        license: () => ({ ...FREE_LICENSE, envoys: settings.licensedEnvoys }),
        apiUrl: () => 'https://hub.test:8443',
        endpoint: () => hub.endpoint,
        envoyPeer: peerFromHeader,
        reportingSpoke: (context) => ({ spokeId: context.requestHeader.get(PEER_HEADER) ?? '' }),
        shownCertificate: () => undefined,
        keyHash: publicKeyHash,
        clock: own.clock(clock),
        logger,
      });
      process = { hub: opened, database, live, transport: transportOf(opened, logger) };
      if (killAtStep !== undefined) own.killAtStep(killAtStep);
      await opened.start().catch((error: unknown) => {
        if (!own.dead) throw error;
      });
    },
    kill: () => end(false),
    stop: () => end(true),
  };
  return hub;
}

/** Everybody is an administrator by the name of "tester", for good. */
const TESTER: Authority = {
  identify: async () => ({ name: 'tester', role: 'admin', credential: 'admin-token' }),
  follow: () => ({ signal: new AbortController().signal, [Symbol.dispose]() {} }),
};

function transportOf(
  { adminService, adminInterceptor, enrollmentService, hubService }: Hub,
  logger: Logger,
): Transport {
  const errors = createErrorInterceptor({ logger });
  const auth = createAdminAuth(TESTER);
  return createRouterTransport(
    (router) => {
      router.service(AdminService, adminService);
      router.service(EnrollmentService, enrollmentService);
      router.service(HubService, hubService);
    },
    {
      transport: {
        interceptors: [
          (next) => (request) => {
            request.header.set('authorization', 'Bearer test');
            return next(request);
          },
        ],
      },
      router: {
        interceptors: [
          errors,
          forService(AdminService, auth),
          forService(AdminService, adminInterceptor),
          forService(AdminService, createRoleCheck()),
        ],
      },
    },
  );
}

/** A CA that stays. */
function fixedPki(ca: CertificateAuthority): HubOptions['pki'] {
  const refuse = () => Promise.reject(new Error('the CA of this fleet stays'));
  return {
    ca: () => ca,
    certificate: () => ca.certPem,
    certLifetimeMs: YEAR_MS,
    beginRotation: refuse,
    finishRotation: refuse,
    onChange: () => {},
  };
}
