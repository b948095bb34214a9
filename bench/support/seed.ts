/** Envoys, straight into the databases of servers that are not running yet. */
import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import type { RunVerdict } from '../../src/fleet/envoy-status.ts';
import { type Database, openDatabase } from '../../src/server/store/database.ts';
import { createFleetRepository, type EnvoyRow } from '../../src/server/store/fleet-repository.ts';

export interface SeedEnvoy {
  readonly id: string;
  readonly hostname: string;
  /** SubjectPublicKeyInfo, DER. */
  readonly publicKey: Uint8Array;
  readonly traits?: Uint8Array;
  /** Verdict over its runs; default converged. */
  readonly status?: RunVerdict;
}

/** Of all of them, on hub and spokes alike; a time in the past. */
const ENROLLED_AT = Date.UTC(2026, 0, 1);
// What a transaction may hold without growing the log beyond reason.
const ROWS_PER_TRANSACTION = 5_000;
const ROWS_PER_STATEMENT = 1_000;

/** Envoys 0 to `count` - 1 of a spoke; the keys are random bytes, good for lists and moves but not for check-ins. */
export function inventEnvoys(spoke: string, count: number, traitsOf?: (hostname: string) => Uint8Array): SeedEnvoy[] {
  return Array.from({ length: count }, (_, i) => {
    const hostname = `web${String(i).padStart(5, '0')}.${spoke}.example.com`;
    return {
      id: envoyId(spoke, i),
      hostname,
      publicKey: fakeKey(hostname),
      ...(traitsOf && { traits: traitsOf(hostname) }),
    };
  });
}

/** A UUID that is the same in every run, so that runs can be compared. */
export function envoyId(spoke: string, i: number): string {
  const hex = createHash('sha256').update(`${spoke} ${i}`).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

const fakeKey = (text: string): Buffer => Buffer.alloc(91, createHash('sha512').update(text).digest());

/** A spoke's own database. */
export async function seedSpoke(dataDir: string, envoys: readonly SeedEnvoy[]): Promise<void> {
  await withDatabase(dataDir, async (db) => {
    const repository = createFleetRepository(db);
    for (let start = 0; start < envoys.length; start += ROWS_PER_TRANSACTION)
      await repository.adopt(envoys.slice(start, start + ROWS_PER_TRANSACTION).map(envoyRow));
  });
}

/** The hub's directory: who is where. */
export async function seedDirectory(dataDir: string, spokes: ReadonlyMap<string, readonly SeedEnvoy[]>): Promise<void> {
  const rows = [...spokes].flatMap(([spoke, envoys]) =>
    envoys.map(({ id, hostname, publicKey }) => ({
      id,
      hostname,
      spoke_id: spoke,
      epoch: 1,
      max_epoch: 1,
      state: 'active' as const,
      public_key: publicKey,
      enrolled_at: ENROLLED_AT,
      revoked_at: null,
      token_id: 'seed',
    })),
  );
  await withDatabase(dataDir, async (db) => {
    await db.transaction().execute(async (trx) => {
      for (let start = 0; start < rows.length; start += ROWS_PER_STATEMENT)
        await trx
          .insertInto('placements')
          .values(rows.slice(start, start + ROWS_PER_STATEMENT))
          .execute();
    });
  });
}

async function withDatabase(dataDir: string, fill: (db: Database) => Promise<void>): Promise<void> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const db = await openDatabase({ url: 'sqlite:vigo.db', dataDir });
  try {
    await fill(db);
  } finally {
    await db.destroy();
  }
}

export function envoyRow({ id, hostname, publicKey, traits, status = 'converged' }: SeedEnvoy): EnvoyRow {
  const now = Date.now();
  return {
    id,
    hostname,
    public_key: publicKey,
    epoch: 1,
    enrolled_at: ENROLLED_AT,
    last_seen_at: now,
    traits_json: traits ?? null,
    traits_digest: traits ? createHash('sha256').update(traits).digest() : null,
    status,
    drift: 'none',
    config_version: '7d865e959b2466918c9863afca942d0fb89d7c9ac0c99bafc3749504ded97730',
    changed_streak: 0,
    last_run_id: '',
  };
}

/** Facts as an agent on a small server reports them: about 1.5 KB of JSON. */
export function realisticTraits(hostname: string): Uint8Array {
  const addresses = Array.from({ length: 4 }, (_, i) => ({
    address: `10.20.${i}.${hostname.length + i}`,
    family: 'IPv4',
    interface: `eth${i}`,
    mac: `02:42:ac:11:00:${String(10 + i)}`,
  }));
  const disks = ['/', '/boot', '/home', '/srv', '/var', '/var/lib', '/var/log'].map((path, i) => ({
    device: `/dev/vda${i + 1}`,
    freeBytes: 21_474_836_480 + i * 4_096,
    path,
    totalBytes: 107_374_182_400,
    type: 'ext4',
  }));
  return Buffer.from(
    JSON.stringify({
      addresses,
      bootTime: '2026-01-01T00:00:00.000Z',
      cpu: { architecture: 'x64', cores: 8, model: 'Generic x86-64 Processor @ 2.60GHz' },
      disks,
      hostname,
      kernel: { name: 'Linux', release: '6.12.0-12-generic', version: '#1 SMP PREEMPT_DYNAMIC' },
      memory: { swapBytes: 2_147_483_648, totalBytes: 33_554_432_000 },
      os: { id: 'debian', name: 'Debian GNU/Linux 13 (trixie)', version: '13.1' },
      program: { name: 'vigocli', version: '0.1.0' },
    }),
  );
}
