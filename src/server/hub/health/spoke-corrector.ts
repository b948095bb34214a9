/**
 * Sees to it that a spoke serves whom the directory says, before it counts as healthy.
 *
 * Each probe brings a digest of the envoys that the spoke serves. If it is not the directory's, and not only because something
 * is on its way between the two, the spoke is asked for its whole list, and `fleet/spoke-corrections.ts` says what it has to be
 * told. All of that may be repeated: adoptions and releases are decided by epochs.
 */
import { correctionsFor, type DirectoryEntry, type SpokeEntry } from '../../../fleet/spoke-corrections.ts';
import type { StatusResponse } from '../../../gen/vigo/v1/spoke_pb.js';
import type { EnvoyRecord } from '../../../gen/vigo/v1/types_pb.js';
import type { Logger } from '../../../platform/logger.ts';
import type { DirectoryRepository } from '../../store/directory-repository.ts';
import type { NoticeRepository } from '../../store/notice-repository.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import type { Directory, Placement } from '../directory.ts';
import type { RecordInit, WantedEnvoy } from '../directory-records.ts';
import type { Notices } from '../notices.ts';
import { failureOf, type PartitionLink } from '../partition-links.ts';

/** The limit of `Adopt`. */
const BATCH = 1_000;
const CALL_TIMEOUT_MS = 15_000;
const LIST_TIMEOUT_MS = 60_000;
/** A spoke that names many more envoys than there are is not telling the truth. */
const SPARE_ROWS = 10_000;
/** Unknown envoys that are looked up, at each correction: more would only be more of the same trouble. */
const MAX_LOOKED_UP = 1_000;

export interface SpokeCorrectorOptions {
  readonly directory: Directory;
  readonly repository: Pick<DirectoryRepository, 'find'>;
  readonly noticeRepository: Pick<NoticeRepository, 'add'>;
  readonly notices: Pick<Notices, 'nextSeq' | 'added' | 'deliver'>;
  /** Records as the directory knows them; `told`: how some of them are, as far as their spoke says. */
  readonly records: (
    envoys: readonly WantedEnvoy[],
    told: Promise<ReadonlyMap<string, EnvoyRecord>>,
  ) => Promise<RecordInit[]>;
  readonly audit: Pick<AuditLog, 'record'>;
  readonly logger: Logger;
}

export interface SpokeCorrector {
  /** Returns how many corrections the spoke has not taken yet; 0 if there was nothing to correct. Never throws. */
  check(link: PartitionLink, status: StatusResponse): Promise<number>;
}

export function createSpokeCorrector(options: SpokeCorrectorOptions): SpokeCorrector {
  const { directory, notices, audit, logger } = options;
  /** What disagreed at the last probe, and which process it was. */
  const seen = new Map<string, { readonly process: string; readonly disagreement: string }>();
  /** Disagreements that were looked into and that no correction settles: they are not looked into again. */
  const futile = new Map<string, string>();

  /** A disagreement counts if nothing in it changes from one probe to the next, or if the spoke has just been started. */
  const disagrees = (spoke: string, status: StatusResponse): boolean => {
    const before = seen.get(spoke);
    const process = `${status.startedAt?.seconds ?? 0} ${status.startedAt?.nanos ?? 0}`;
    const theirs = Buffer.from(status.envoysDigest).toString('hex');
    const ours = Buffer.from(directory.digestOf(spoke)).toString('hex');
    const disagreement = theirs === ours || theirs === '' ? '' : `${theirs} ${ours}`;
    seen.set(spoke, { process, disagreement });
    if (futile.get(spoke) === disagreement) return false;
    return disagreement !== '' && (before?.process !== process || before.disagreement === disagreement);
  };

  const correct = async (link: PartitionLink): Promise<number> => {
    const spoke = link.spec.id;
    const found = await listAll(link, directory.size + SPARE_ROWS);
    const { adopt, told } = await directory.mutex.run(() => plan(options, spoke, found));
    let given = 0;
    for (let start = 0; start < adopt.length; start += BATCH) {
      const part = adopt.slice(start, start + BATCH);
      const envoys = await options.records(part, ownRecords(link, part, found));
      const { refusals } = await link.client.adopt({ envoys }, { timeoutMs: CALL_TIMEOUT_MS });
      if (refusals.length > 0) logger.warn({ spoke, refused: refusals.length }, 'spoke knows later epochs');
      given += envoys.length - refusals.length;
    }
    const left = await notices.deliver(spoke);
    if (given + told === 0) {
      futile.set(spoke, seen.get(spoke)?.disagreement ?? '');
    } else {
      const detail = `it did not serve whom the directory says: ${given} records given, ${told} taken back`;
      logger.warn({ spoke, adopted: given, released: told }, 'spoke corrected');
      await audit.record({ actor: 'hub', action: 'spoke.corrected', subject: spoke, detail });
    }
    return left;
  };

  return {
    async check(link, status) {
      const spoke = link.spec.id;
      if (!disagrees(spoke, status)) return 0;
      try {
        return await correct(link);
      } catch (error) {
        logger.warn({ spoke, error: failureOf(link, error).message }, 'spoke not corrected yet');
        // The next probe begins anew.
        seen.delete(spoke);
        return 1;
      }
    },
  };
}

/**
 * Whom it serves already, under an epoch that is over, only needs another epoch: how they are, it knows better than the hub. No
 * runs of theirs are taken until they are adopted anew, so that none is missing in that.
 */
async function ownRecords(
  { client }: PartitionLink,
  wanted: readonly WantedEnvoy[],
  found: readonly SpokeEntry[],
): Promise<ReadonlyMap<string, EnvoyRecord>> {
  const served = new Set(found.map(({ id }) => id));
  const ids = wanted.map(({ id }) => id).filter((id) => served.has(id));
  if (ids.length === 0) return new Map();
  const { envoys } = await client.getEnvoys({ ids, handOver: true }, { timeoutMs: CALL_TIMEOUT_MS });
  return new Map(envoys.map((record) => [record.id, record]));
}

/** Writes notices for what it must let go; says what it must take over, and how many notices there are. */
async function plan(
  { directory, repository, noticeRepository, notices }: SpokeCorrectorOptions,
  spoke: string,
  found: readonly SpokeEntry[],
): Promise<{ adopt: WantedEnvoy[]; told: number }> {
  const owned = directory.sorted({ field: 'hostname', descending: false }).filter((entry) => entry.spoke === spoke);
  const find = (id: string) => entryOf(directory.get(id));
  const { adopt, release, unknown } = correctionsFor(spoke, owned.map(settledEntry), found, find);
  const orders = release.map(({ id, to, epoch }) => ({
    seq: notices.nextSeq(),
    spoke_id: spoke,
    envoy_id: id,
    kind: 'release' as const,
    target_spoke: to,
    epoch,
    move_id: null,
  }));
  const revocations = [];
  for (const id of unknown.slice(0, MAX_LOOKED_UP)) {
    const row = await repository.find(id);
    if (row?.state !== 'revoked') continue;
    const { epoch } = row;
    const seq = notices.nextSeq();
    revocations.push({
      seq,
      spoke_id: spoke,
      envoy_id: id,
      kind: 'revoke' as const,
      target_spoke: null,
      epoch,
      move_id: null,
    });
  }
  const all = [...orders, ...revocations];
  await noticeRepository.add(all);
  notices.added(spoke, all.length);
  const wanted = adopt.flatMap((id) => directory.get(id) ?? []);
  return { adopt: wanted.map(({ id, hostname, epoch }) => ({ id, hostname, epoch })), told: all.length };
}

const settledEntry = (placement: Placement): DirectoryEntry => ({
  id: placement.id,
  spoke: placement.spoke,
  epoch: placement.epoch,
  unsettled: placement.enrolling || placement.moveId !== undefined,
});
const entryOf = (placement: Placement | undefined) => placement && settledEntry(placement);

async function listAll({ client }: PartitionLink, maxRows: number): Promise<SpokeEntry[]> {
  const found: SpokeEntry[] = [];
  for await (const { table } of client.listEnvoys({}, { timeoutMs: LIST_TIMEOUT_MS })) {
    for (const [i, id] of (table?.ids ?? []).entries()) found.push({ id, epoch: table?.epochs[i] ?? 0 });
    if (found.length > maxRows) throw new Error(`it lists more than ${maxRows} envoys`);
  }
  return found;
}
