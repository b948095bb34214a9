// A spoke's parts on a database in memory.
import { createHash } from 'node:crypto';
import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { CheckInRequestSchema } from '../../../src/gen/vigo/v1/agent_pb.js';
import { silentLogger } from '../../../src/platform/logger.ts';
import { createMutex } from '../../../src/platform/mutex.ts';
import { publicKeyHash } from '../../../src/server/platform/peer.ts';
import { createCheckIn } from '../../../src/server/spoke/check-in.ts';
import { createCheckinFlusher } from '../../../src/server/spoke/checkin-flusher.ts';
import { createCustody } from '../../../src/server/spoke/custody.ts';
import { createEnvoyIndex } from '../../../src/server/spoke/envoy-index.ts';
import { createRateMeter } from '../../../src/server/spoke/rate-meter.ts';
import { createRunRecorder } from '../../../src/server/spoke/runs/run-recorder.ts';
import { type Database, openDatabase } from '../../../src/server/store/database.ts';
import {
  createFleetRepository,
  type EnvoyRow,
  type FleetRepository,
} from '../../../src/server/store/fleet-repository.ts';
import { createRunRepository, type RunRepository } from '../../../src/server/store/run-repository.ts';
import { createFakeClock } from '../../support/fake-clock.ts';

export const PACE = { intervalMs: 60_000, maxRate: 100 };

export function envoyRow(id: string, more: Partial<EnvoyRow> = {}): EnvoyRow {
  return {
    id,
    hostname: `${id}.example.com`,
    public_key: Buffer.from(`key of ${id}`),
    epoch: 1,
    enrolled_at: 1_000,
    last_seen_at: null,
    traits_json: null,
    traits_digest: null,
    status: 'no_data',
    drift: 'none',
    config_version: '',
    changed_streak: 0,
    last_run_id: '',
    ...more,
  };
}

export const peerOf = (id: string) => ({ envoyId: id, keyHash: publicKeyHash(Buffer.from(`key of ${id}`)) });

/** `value`: a text or bytes as they are, anything else as JSON. */
export function traitsOf(value: unknown) {
  const raw = typeof value === 'string' || Buffer.isBuffer(value);
  const traitsJson = Buffer.from(raw ? (value as string) : JSON.stringify(value));
  return { traitsJson, traitsDigest: createHash('sha256').update(traitsJson).digest() };
}

/** Opens it anew from `database`, or from one of its own. */
export async function openSpokeParts(given?: Database) {
  const database = given ?? (await openDatabase({ url: 'sqlite::memory:', dataDir: '' }));
  const clock = createFakeClock();
  const stored = createFleetRepository(database);
  let failing = false;
  const repository: FleetRepository = {
    ...stored,
    touch: (touches) => (failing ? Promise.reject(new Error('disk full')) : stored.touch(touches)),
  };
  const index = createEnvoyIndex(await stored.loadEnvoys(), await stored.loadTombstones());
  const isCurrent: Parameters<typeof createCheckinFlusher>[0]['isCurrent'] = (entry) => index.get(entry.id) === entry;
  const flusher = createCheckinFlusher({ repository, isCurrent, clock, logger: silentLogger });
  const storedRuns = createRunRepository(database);
  const runs: RunRepository = {
    ...storedRuns,
    commit: (...args) => (failing ? Promise.reject(new Error('disk full')) : storedRuns.commit(...args)),
  };
  const mutex = createMutex();
  const recorder = createRunRecorder({ index, repository: runs, mutex, clock, logger: silentLogger });
  const meter = createRateMeter(clock);
  const checkIn = createCheckIn({
    index,
    flusher,
    meter,
    pace: PACE,
    configVersion: () => '',
    trustTag: () => 1,
    clock,
  });
  return {
    database,
    clock,
    index,
    flusher,
    meter,
    repository,
    runs,
    recorder,
    mutex,
    custody: createCustody({ index, repository, flusher, recorder, mutex, clock }),
    checkIn: (id: string, request: MessageInitShape<typeof CheckInRequestSchema> = {}) =>
      checkIn(create(CheckInRequestSchema, request), peerOf(id)),
    checkInAs: (peer: { envoyId: string; keyHash: string }) => checkIn(create(CheckInRequestSchema, {}), peer),
    failWrites: (fails: boolean) => {
      failing = fails;
    },
    rows: async () => {
      const traits = new Map(
        (await database.selectFrom('envoy_traits').selectAll().execute()).map((row) => [row.id, row]),
      );
      const rows = await database.selectFrom('envoys').selectAll().execute();
      return new Map(
        rows.map((row): [string, EnvoyRow] => [row.id, { ...row, traits_json: null, ...traits.get(row.id) }]),
      );
    },
    tombstones: async () => (await stored.loadTombstones()).map(({ id, kind, epoch }) => ({ id, kind, epoch })),
  };
}

export type SpokeParts = Awaited<ReturnType<typeof openSpokeParts>>;
