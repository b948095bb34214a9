/**
 * A whole fleet in one process: a hub, spokes and agents, all real, on real database files, over transports in memory.
 * Only the wire, the handshake and the passing of time are the test's.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Code, ConnectError, type Transport } from '@connectrpc/connect';
import type { Move } from '../../src/gen/vigo/v1/admin_pb.js';
import { MoveState } from '../../src/gen/vigo/v1/admin_pb.js';
import { openOrCreateCa } from '../../src/pki/ca.ts';
import { createCsr } from '../../src/pki/csr.ts';
import { generatePrivateKeyPem, publicKeyDer } from '../../src/pki/keys.ts';
import type { Logger } from '../../src/platform/logger.ts';
import type { HubOptions } from '../../src/server/hub/hub-options.ts';
import { publicKeyHash } from '../../src/server/platform/peer.ts';
import { createFakeClock, type FakeClock } from './fake-clock.ts';
import { type FleetRecords, openFleetRecords } from './fleet-records.ts';
import { agentOf, type MemoryAgent } from './memory-agent.ts';
import { createMemoryHub, type MemoryHub } from './memory-hub.ts';
import { createMemorySpoke, type MemorySpoke } from './memory-spoke.ts';
import { settleTurns } from './turns.ts';

export type FleetSettings = HubOptions['config'] &
  Pick<HubOptions, 'checkStacks' | 'notifications'> & { readonly licensedEnvoys: number; readonly logger?: Logger };

export interface MemoryFleetOptions {
  /** Id → patterns, in order. Default dc1 and dc2, each with its "*.dcN.*". */
  readonly spokes?: Readonly<Record<string, readonly string[]>>;
  readonly licensedEnvoys?: number;
  readonly duplicateHostname?: 'reject' | 'replace';
  readonly defaultSpoke?: string;
  readonly fallback?: 'least_loaded' | 'none';
  /** Default: off. */
  readonly autoFailover?: Partial<FleetSettings['spanner']['autoFailover']>;
  readonly seed?: number;
  readonly logger?: Logger;
  /** What is wrong with a tree that is published; default nothing ever. */
  readonly checkStacks?: HubOptions['checkStacks'];
  /** Who is told what happens; default nobody. */
  readonly notifications?: HubOptions['notifications'];
}

export interface EnrollOptions {
  readonly token?: string;
  /** PKCS #8 PEM; a new one by default. */
  readonly keyPem?: string;
  /** What the certificate request says; the host name by default. */
  readonly csrName?: string;
}

export interface MemoryFleet {
  readonly clock: FakeClock;
  readonly settings: FleetSettings;
  readonly hub: MemoryHub;
  readonly spokes: readonly MemorySpoke[];
  /** What is on the disks. */
  readonly records: FleetRecords;
  spoke(id: string): MemorySpoke;
  /** Spokes that the next hub does not find in its configuration. */
  readonly leftOut: Set<string>;
  token(uses?: number, ttlSeconds?: number): Promise<{ token: string; id: string }>;
  enroll(hostname: string, options?: EnrollOptions): Promise<MemoryAgent>;
  /** Moves time on until `promise` has settled; fails after `maxMs` of it. */
  drive<T>(promise: Promise<T>, maxMs?: number): Promise<T>;
  /** Moves time on until the move has ended. */
  ended(moveId: string): Promise<Move>;
  /** Long enough for `rounds` probes of every spoke. */
  probes(rounds?: number): Promise<void>;
  close(): Promise<void>;
}

const INTERVAL_MS = 1_000;
const DRIVE_STEP_MS = 100;

export async function createMemoryFleet(options: MemoryFleetOptions = {}): Promise<MemoryFleet> {
  const dataDir = await mkdtemp(join(tmpdir(), 'vigo-fleet-'));
  const clock = createFakeClock({ seed: options.seed ?? 1 });
  const ca = await openOrCreateCa({ dir: join(dataDir, 'tls'), now: clock.now() });
  const settings = settingsOf(options);
  const patterns = Object.entries(options.spokes ?? { dc1: ['*.dc1.*'], dc2: ['*.dc2.*'] });
  const spokes = patterns.map(([id, patterns]) =>
    createMemorySpoke({
      spec: { id, addr: `${id}.test:1530`, patterns },
      trustDomain: ca.trustDomain,
      dataDir,
      pace: settings.checkin,
      clock,
    }),
  );
  const leftOut = new Set<string>();
  const configured = () => spokes.filter((spoke) => !leftOut.has(spoke.id));
  const hub = createMemoryHub({ settings, spokes: configured, ca, dataDir, clock });
  for (const spoke of spokes) await spoke.start();
  await hub.start();
  const records = openFleetRecords(hub, spokes);
  let standing: Promise<{ token: string }> | undefined;

  const dial = (address: string): Transport | undefined => {
    if (address === hub.endpoint.address) return hub.transport;
    const spoke = spokes.find((candidate) => candidate.endpoint.address === address);
    return spoke?.wire === 'hung' ? undefined : spoke?.agentTransport;
  };
  const fleet: MemoryFleet = {
    clock,
    settings,
    hub,
    spokes,
    records,
    leftOut,
    spoke(id) {
      const spoke = spokes.find((candidate) => candidate.id === id);
      if (!spoke) throw new Error(`the test knows no spoke ${id}`);
      return spoke;
    },
    token: (uses = 1, ttlSeconds = 0) => hub.admin.createEnrollmentToken({ uses, ttlSeconds }),
    async enroll(hostname, { token, keyPem = generatePrivateKeyPem(), csrName = hostname } = {}) {
      standing ??= fleet.token(100_000, 300 * 24 * 3600);
      const csr = await createCsr({ privateKeyPem: keyPem, commonName: csrName });
      const answer = await hub.enrollment.enroll({ token: token ?? (await standing).token, hostname, csr });
      const keyHash = publicKeyHash(publicKeyDer(keyPem));
      return agentOf(answer, { hostname, keyHash, dial, random: clock.random });
    },
    async drive(promise, maxMs = 300_000) {
      let settled = false;
      const done = () => {
        settled = true;
      };
      promise.then(done, done);
      await settleTurns();
      const { life } = hub;
      for (let passed = 0; !settled && passed < maxMs; passed += DRIVE_STEP_MS) {
        if (life.dead) throw new ConnectError('the hub was killed', Code.Unavailable);
        await clock.advance(DRIVE_STEP_MS);
      }
      if (!settled) throw new Error(`nothing came of it within ${maxMs} ms`);
      return promise;
    },
    async ended(id) {
      for (let rounds = 0; rounds < 3_000; rounds++) {
        const { move } = await hub.admin.getMove({ id });
        if (move && move.state !== MoveState.RUNNING) return move;
        await clock.advance(DRIVE_STEP_MS);
      }
      throw new Error(`move ${id} does not end`);
    },
    probes: (rounds = 1) => clock.advance(rounds * INTERVAL_MS),
    async close() {
      records.close();
      await hub.stop();
      for (const spoke of spokes) await spoke.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
  return fleet;
}

function settingsOf(options: MemoryFleetOptions): FleetSettings {
  return {
    checkin: { intervalMs: 300_000, maxRate: 1_000 },
    enrollment: { duplicateHostname: options.duplicateHostname ?? 'reject' },
    auth: { sessionTtlMs: 12 * 3_600_000, sessionIdleMs: 2 * 3_600_000, oidc: undefined },
    spanner: {
      role: 'hub',
      defaultSpoke: options.defaultSpoke,
      spokes: [],
      fanoutTimeoutMs: 5_000,
      autoFailover: {
        enabled: false,
        threshold: 3,
        intervalMs: INTERVAL_MS,
        recoveryThreshold: 2,
        maxUnhealthyFraction: 0.55,
        fallback: options.fallback ?? 'least_loaded',
        maxRate: 500,
        ...options.autoFailover,
      },
      spokeId: undefined,
      hubAddr: undefined,
      hubFallbackAddrs: [],
      reportIntervalMs: 30_000,
      joinToken: undefined,
    },
    licensedEnvoys: options.licensedEnvoys ?? 10_000,
    checkStacks: options.checkStacks ?? (() => []),
    ...(options.notifications ? { notifications: options.notifications } : {}),
    ...(options.logger ? { logger: options.logger } : {}),
  };
}
