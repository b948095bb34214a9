/** What spokes claim about envoys, beside what the directory of a restored hub has on disk. */
import type { Transaction } from 'kysely';
import type { ReconciledNumbers } from '../../fleet/directory-reconciliation.ts';
import type { KnownEnvoy } from '../../fleet/envoy-claims.ts';
import { chunksOf, type Database } from './database.ts';
import type { PlacementsTable, SpokeNoticesTable } from './hub-schema.ts';
import type { Schema } from './schema.ts';

/** What is to be true from now on. */
export interface ClaimsTaken {
  readonly spoke: string;
  /** Envoys that have a row; the revoked first, so that their host names are free. */
  readonly changed: readonly KnownEnvoy[];
  /** Envoys that get a row. */
  readonly entered: readonly PlacementsTable[];
  /** Envoys of which nobody has said yet who they are. */
  readonly strangers: readonly KnownEnvoy[];
  readonly notices: readonly SpokeNoticesTable[];
  readonly numbers: ReconciledNumbers;
  readonly now: number;
}

export interface ClaimsRepository {
  /** Of these ids, those that the directory does not have in memory: revoked ones, and strangers. */
  known(ids: readonly string[]): Promise<Map<string, KnownEnvoy>>;
  /** One transaction. */
  take(taken: ClaimsTaken): Promise<void>;
}

export function createClaimsRepository(db: Database): ClaimsRepository {
  return {
    async known(ids) {
      const known = new Map<string, KnownEnvoy>();
      for (const chunk of chunksOf(ids)) {
        const strangers = await db
          .selectFrom('released_strangers')
          .selectAll()
          .where('envoy_id', 'in', chunk)
          .execute();
        for (const { envoy_id: id, spoke_id: spoke, epoch, max_epoch: maxEpoch } of strangers)
          known.set(id, { id, identity: undefined, spoke, epoch, maxEpoch, revoked: false });
        const revoked = await db
          .selectFrom('placements')
          .select(['id', 'spoke_id', 'epoch', 'max_epoch'])
          .where('id', 'in', chunk)
          .where('state', '=', 'revoked')
          .execute();
        for (const { id, spoke_id: spoke, epoch, max_epoch: maxEpoch } of revoked)
          known.set(id, { id, identity: undefined, spoke, epoch, maxEpoch, revoked: true });
      }
      return known;
    },
    take: (taken) =>
      db.transaction().execute(async (trx) => {
        for (const envoy of taken.changed) await update(trx, envoy, taken.now);
        for (const rows of chunksOf(taken.entered)) await trx.insertInto('placements').values(rows).execute();
        for (const rows of chunksOf(taken.entered.map(({ id }) => id)))
          await trx.deleteFrom('released_strangers').where('envoy_id', 'in', rows).execute();
        for (const { id, spoke, epoch, maxEpoch } of taken.strangers) {
          const values = { spoke_id: spoke, epoch, max_epoch: maxEpoch };
          await trx
            .insertInto('released_strangers')
            .values({ envoy_id: id, ...values })
            .onConflict((conflict) => conflict.column('envoy_id').doUpdateSet(values))
            .execute();
        }
        await noteHistory(trx, taken);
        for (const rows of chunksOf(taken.notices)) await trx.insertInto('spoke_notices').values(rows).execute();
        await addNumbers(trx, taken);
      }),
  };
}

function update(trx: Transaction<Schema>, envoy: KnownEnvoy, now: number) {
  const { id, spoke, epoch, maxEpoch, revoked } = envoy;
  const end = revoked ? { state: 'revoked' as const, revoked_at: now } : {};
  return trx
    .updateTable('placements')
    .set({ spoke_id: spoke, epoch, max_epoch: maxEpoch, ...end })
    .where('id', '=', id)
    .execute();
}

/** Under which epoch each has come to its owner. */
async function noteHistory(trx: Transaction<Schema>, { changed, entered, now }: ClaimsTaken): Promise<void> {
  const rows = [
    ...changed.filter(({ revoked }) => !revoked),
    ...entered
      .filter(({ state }) => state === 'active')
      .map(({ id, spoke_id, epoch }) => ({ id, spoke: spoke_id, epoch })),
  ].map(({ id, spoke, epoch }) => ({
    envoy_id: id,
    epoch,
    spoke_id: spoke,
    at: now,
    reason: 'restored',
    move_id: null,
  }));
  for (const chunk of chunksOf(rows)) {
    await trx
      .insertInto('placement_history')
      .values(chunk)
      // Known already: only the epochs that it may have later have changed.
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }
}

async function addNumbers(trx: Transaction<Schema>, { spoke, numbers }: ClaimsTaken): Promise<void> {
  const { entered, takenOver, renewed, revoked } = numbers;
  await trx
    .insertInto('reconciled_spokes')
    .values({ spoke_id: spoke, entered, taken_over: takenOver, renewed, revoked, ended_at: null })
    .onConflict((conflict) =>
      conflict.column('spoke_id').doUpdateSet((eb) => ({
        entered: eb('reconciled_spokes.entered', '+', entered),
        taken_over: eb('reconciled_spokes.taken_over', '+', takenOver),
        renewed: eb('reconciled_spokes.renewed', '+', renewed),
        revoked: eb('reconciled_spokes.revoked', '+', revoked),
      })),
    )
    .execute();
}
