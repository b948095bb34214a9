/**
 * A hub whose data came back from a backup: which spokes have said since what they know, and which have not.
 *
 *   found ──begin──▶ reconciling ──every spoke of the configuration has been reconciled──▶ ended
 *
 * All of it is on disk, so that a hub that is killed goes on where it was. As long as it is reconciling, what spokes claim
 * counts, once for each of them (ADR 15); before and afterwards it does not.
 */
import { EPOCH_LEAP } from '../../../fleet/epochs.ts';
import { messageOf } from '../../../fleet/errors.ts';
import type { Clock } from '../../../platform/clock.ts';
import type { Logger } from '../../../platform/logger.ts';
import { createMutex } from '../../../platform/mutex.ts';
import type { ReconciledSpokeRow, RestorationRepository, RestorationRow } from '../../store/restoration-repository.ts';
import type { RestoredMarker } from '../../store/restored-note.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import type { PartitionLinks } from '../partition-links.ts';

export interface RestorationState {
  /** ISO 8601. */
  readonly backupCreatedAt: string;
  readonly restoredAt: string;
  /** Ids of spokes, in the order of the configuration. */
  readonly unreconciled: readonly string[];
}

export interface Restoration {
  /** Undefined if all is reconciled, or the hub was never restored. */
  readonly state: RestorationState | undefined;
  /** What the directory says of this spoke is as old as the backup. */
  isUnreconciled(spoke: string): boolean;
  /** All that the spoke knows is in the directory. Durable before it resolves. */
  reconciled(spoke: string): Promise<void>;
}

export interface RestorationOptions {
  /** Undefined if no restore has left one. */
  readonly marker: RestoredMarker | undefined;
  readonly repository: RestorationRepository;
  readonly links: PartitionLinks;
  readonly audit: Pick<AuditLog, 'record'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Before anything else is read from the database: what a restored one must not go on with is taken out of it first. */
export async function openRestoration(options: RestorationOptions): Promise<Restoration> {
  const { marker, repository, links, audit, clock, logger } = options;
  const mutex = createMutex();
  const row = await beginOrGoOn(options);
  let running = row?.ended_at === null ? row : undefined;
  const done = new Set(
    (await repository.spokes()).filter((each) => each.ended_at !== null).map((each) => each.spoke_id),
  );
  const unreconciled = () => (running ? links.all.map(({ spec }) => spec.id).filter((id) => !done.has(id)) : []);

  const endIfAll = async (): Promise<void> => {
    if (running && unreconciled().length > 0) return;
    if (running) {
      await repository.end(running.restored_at, clock.now());
      const detail = `every spoke was reconciled since the restore from the backup of ${running.backup_created_at}`;
      running = undefined;
      logger.info({}, detail);
      await audit.record({ actor: 'hub', action: 'hub.reconciled', subject: '', detail });
    }
    // It says nothing any more; if it stays, the next start finds that out, too.
    await marker?.remove().catch((error: unknown) => logger.warn({ error: messageOf(error) }, 'note not removed'));
  };
  await endIfAll();
  if (running)
    logger.warn({ spokes: unreconciled() }, 'the hub was restored from a backup: spokes are asked what they know');

  return {
    get state() {
      return (
        running && {
          backupCreatedAt: running.backup_created_at,
          restoredAt: running.restored_at,
          unreconciled: unreconciled(),
        }
      );
    },
    isUnreconciled: (spoke) => running !== undefined && !done.has(spoke),
    reconciled: (spoke) =>
      mutex.run(async () => {
        if (!running || done.has(spoke)) return;
        const numbers = (await repository.spokes()).find(({ spoke_id }) => spoke_id === spoke);
        const detail = inWords(numbers);
        await audit.record({ actor: 'hub', action: 'spoke.reconciled', subject: spoke, detail });
        await repository.spokeEnded(spoke, clock.now());
        done.add(spoke);
        logger.warn({ spoke }, `spoke reconciled: ${detail}`);
        await endIfAll();
      }),
  };
}

/** What the operator has to look at himself: nobody but the lost database knew. */
const REVIEW =
  'users, tokens, cordons and the published configuration are those of the backup, and what was revoked since may be good again: ' +
  'review `vigocli users list`, `vigocli tokens list` and `vigocli spanner status`. Moves of that time were cancelled, web sessions ended';

async function beginOrGoOn(options: RestorationOptions): Promise<RestorationRow | undefined> {
  const { marker, repository, audit, clock, logger } = options;
  const known = await repository.load();
  if (!marker || known?.restored_at === marker.restoredAt) return known;
  const { backupCreatedAt, restoredAt, programVersion } = marker;
  const detail = `from the backup of ${backupCreatedAt}, at ${restoredAt}: ${REVIEW}`;
  logger.warn({ backupCreatedAt, restoredAt, programVersion }, `restored ${detail}`);
  // First: twice is better than never.
  await audit.record({ actor: 'hub', action: 'hub.restored', subject: '', detail });
  const row = { restored_at: restoredAt, backup_created_at: backupCreatedAt, ended_at: null };
  await repository.begin(row, EPOCH_LEAP, clock.now());
  return row;
}

function inWords(numbers: ReconciledSpokeRow | undefined): string {
  const { entered = 0, taken_over = 0, renewed = 0, revoked = 0 } = numbers ?? {};
  return (
    `after the restore its word counted once: ${entered} envoys entered the directory, ${taken_over} changed their owner, ` +
    `${renewed} their epoch, ${revoked} were revoked`
  );
}
