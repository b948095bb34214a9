/** What webhooks have been told, on the hub's disk. */
import type { Kysely } from 'kysely';
import type { Database } from './database.ts';
import type { WebhookDeliveriesTable } from './hub-schema.ts';
import type { Schema } from './schema.ts';

export type DeliveryRow = Omit<WebhookDeliveriesTable, 'state'>;

/** How long it is remembered what has been done. */
export interface DeliveryMemory {
  /** What was received before goes, milliseconds since 1970 UTC. */
  readonly since: number;
  /** So many of one webhook at most. */
  readonly most: number;
}

export interface DeliveryRepository {
  /**
   * Remembers a delivery that is to be done. False, and nothing changes, if it is known already: by its name, or, if `byBody`,
   * by what it says. One that has failed is as good as new.
   */
  take(row: DeliveryRow, byBody: boolean, memory: DeliveryMemory): Promise<boolean>;
  /** Those of a webhook that are not done yet, oldest first. */
  pending(webhook: string): Promise<Pick<DeliveryRow, 'delivery' | 'repository'>[]>;
  settle(webhook: string, deliveries: readonly string[], state: 'done' | 'failed'): Promise<void>;
}

export function createDeliveryRepository(db: Database): DeliveryRepository {
  return {
    take: (row, byBody, memory) =>
      db.transaction().execute(async (trx) => {
        const known = await trx
          .selectFrom('webhook_deliveries')
          .select(['delivery', 'state'])
          .where('webhook', '=', row.webhook)
          .where(({ eb, or }) =>
            or([eb('delivery', '=', row.delivery), ...(byBody ? [eb('body_digest', '=', row.body_digest)] : [])]),
          )
          .execute();
        if (known.some(({ state }) => state !== 'failed')) return false;
        for (const { delivery } of known) {
          await trx
            .deleteFrom('webhook_deliveries')
            .where('webhook', '=', row.webhook)
            .where('delivery', '=', delivery)
            .execute();
        }
        await trx
          .insertInto('webhook_deliveries')
          .values({ ...row, state: 'pending' })
          .execute();
        await forget(trx, row.webhook, memory);
        return true;
      }),
    pending: (webhook) =>
      db
        .selectFrom('webhook_deliveries')
        .select(['delivery', 'repository'])
        .where('webhook', '=', webhook)
        .where('state', '=', 'pending')
        .orderBy('received_at')
        .orderBy('delivery')
        .execute(),
    async settle(webhook, deliveries, state) {
      if (deliveries.length === 0) return;
      await db
        .updateTable('webhook_deliveries')
        .set({ state })
        .where('webhook', '=', webhook)
        .where('delivery', 'in', deliveries)
        .execute();
    },
  };
}

async function forget(trx: Kysely<Schema>, webhook: string, { since, most }: DeliveryMemory): Promise<void> {
  const surplus = await trx
    .selectFrom('webhook_deliveries')
    .select('received_at')
    .where('webhook', '=', webhook)
    .orderBy('received_at', 'desc')
    .offset(most)
    .limit(1)
    .executeTakeFirst();
  const until = Math.max(since - 1, Number(surplus?.received_at ?? 0));
  await trx
    .deleteFrom('webhook_deliveries')
    .where('webhook', '=', webhook)
    .where('state', '!=', 'pending')
    .where('received_at', '<=', until)
    .execute();
}
