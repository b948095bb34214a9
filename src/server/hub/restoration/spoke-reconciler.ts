/**
 * Asks a spoke, once after a restore, all that it knows about envoys: first whom it has let go or was told to revoke, then whom
 * it serves. Each part is in the directory before the next is taken in, so memory holds a thousand envoys at a time; whatever it
 * was interrupted by, it may be begun anew.
 */
import { timestampMs } from '@bufbuild/protobuf/wkt';
import type { Claim } from '../../../fleet/envoy-claims.ts';
import { VigoError } from '../../../fleet/errors.ts';
import { normalizeHostname } from '../../../fleet/hostname.ts';
import { isUuid } from '../../../fleet/run-bounds.ts';
import type { Tombstone } from '../../../gen/vigo/v1/spoke_pb.js';
import type { EnvoyRecord, EnvoyTable } from '../../../gen/vigo/v1/types_pb.js';
import type { PartitionLink } from '../partition-links.ts';
import { type TakeClaimsOptions, takeClaims } from './take-claims.ts';

/** A million envoys at the speed of a slow disk; it holds up nothing but this spoke. */
const LIST_TIMEOUT_MS = 10 * 60_000;
const CALL_TIMEOUT_MS = 15_000;
/** Of one spoke, each: more than any has. */
const MAX_ENVOYS = 2_000_000;
/** The limit of `GetEnvoys`. */
const BATCH = 1_000;
/** A P-256 key has 91. */
const MAX_KEY_BYTES = 1_024;

/** Throws what the spoke, or the disk, is at fault for. `signal`: the server stops. */
export async function reconcileSpoke(
  options: TakeClaimsOptions,
  link: PartitionLink,
  signal: AbortSignal | undefined,
): Promise<void> {
  const call = { timeoutMs: LIST_TIMEOUT_MS, ...(signal ? { signal } : {}) };
  const spoke = link.spec.id;
  let disbelieved = 0;
  let listed = 0;
  const count = (envoys: number): void => {
    listed += envoys;
    if (listed > MAX_ENVOYS) throw new VigoError('MESSAGE_TOO_LARGE', `it names more than ${MAX_ENVOYS} envoys`);
  };
  for await (const { tombstones } of link.client.listTombstones({}, call)) {
    count(tombstones.length);
    for (const part of parts(tombstones)) {
      const claims = part.filter(({ id }) => isUuid(id)).map(buriedClaim);
      disbelieved += part.length - claims.length + (await takeClaims(options, spoke, claims, new Map()));
    }
  }
  listed = 0;
  for await (const { table } of link.client.listEnvoys({}, call)) {
    const news = table ? unknownRows(options, spoke, table) : [];
    count(table?.ids.length ?? 0);
    for (const part of parts(news)) {
      const { claims, keys } = await servedClaims(options, link, part);
      disbelieved += part.length - claims.length + (await takeClaims(options, spoke, claims, keys));
    }
  }
  if (disbelieved > 0)
    options.logger.warn({ spoke, disbelieved }, 'claims of a spoke that cannot be true were passed over');
}

function* parts<T>(rows: readonly T[]): Generator<readonly T[]> {
  for (let start = 0; start < rows.length; start += BATCH) yield rows.slice(start, start + BATCH);
}

const buriedClaim = ({ id, revoked, epoch, targetSpokeId: to }: Tombstone): Claim =>
  revoked ? { kind: 'revoked', id } : { kind: 'released', id, epoch, to };

interface ServedRow {
  readonly id: string;
  readonly epoch: number;
}

/** Mostly there are none: spoke and directory agree. */
function unknownRows({ directory }: TakeClaimsOptions, spoke: string, table: EnvoyTable): ServedRow[] {
  const rows = table.ids.map((id, i) => ({ id, epoch: table.epochs[i] ?? 0 }));
  return rows.filter(({ id, epoch }) => {
    const placement = directory.get(id);
    return placement?.spoke !== spoke || placement.epoch !== epoch;
  });
}

/** Who those are that the directory does not know, their spoke says. */
async function servedClaims(
  { directory }: TakeClaimsOptions,
  link: PartitionLink,
  rows: readonly ServedRow[],
): Promise<{ claims: Claim[]; keys: Map<string, Uint8Array> }> {
  const ids = rows.map(({ id }) => id).filter((id) => isUuid(id) && !directory.get(id));
  const { envoys } =
    ids.length > 0 ? await link.client.getEnvoys({ ids }, { timeoutMs: CALL_TIMEOUT_MS }) : { envoys: [] };
  const records = new Map(envoys.filter(isSound).map((record) => [record.id, record]));
  const claims = rows.flatMap(({ id, epoch }): Claim[] => {
    const record = records.get(id);
    if (!record) return directory.get(id) ? [{ kind: 'serves', id, epoch }] : [];
    const { hostname, enrolledAt } = record;
    const identity = { hostname, enrolledAt: enrolledAt ? timestampMs(enrolledAt) : 0 };
    return [{ kind: 'serves', id, epoch: record.epoch, identity }];
  });
  // Copied: what is kept must not keep the whole message.
  const keys = new Map([...records.values()].map(({ id, publicKey }) => [id, Uint8Array.from(publicKey)]));
  return { claims, keys };
}

function isSound({ hostname, publicKey }: EnvoyRecord): boolean {
  if (publicKey.length === 0 || publicKey.length > MAX_KEY_BYTES) return false;
  try {
    return normalizeHostname(hostname) === hostname;
  } catch {
    return false;
  }
}
