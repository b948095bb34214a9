/** Which certificate each envoy has confirmed: of which CA, until when, and whom the envoy trusts. */
import type { Database } from './database.ts';
import type { EnvoyCertificatesTable } from './hub-schema.ts';

/** Whom an envoy must trust, and who must have signed its certificate, to count as moved. */
export interface CurrentTrust {
  readonly caSha256: string;
  readonly trustTag: number;
}

export interface CertificateRepository {
  note(row: EnvoyCertificatesTable): Promise<void>;
  /** Of the envoys that are not revoked: how many have confirmed what is current, and the host names of the first others. */
  progress(current: CurrentTrust, limit: number): Promise<{ moved: number; left: string[] }>;
}

export function createCertificateRepository(db: Database): CertificateRepository {
  return {
    async note(row) {
      const { envoy_id: _key, ...values } = row;
      await db
        .insertInto('envoy_certificates')
        .values(row)
        .onConflict((conflict) => conflict.column('envoy_id').doUpdateSet(values))
        .execute();
    },
    async progress({ caSha256, trustTag }, limit) {
      const confirmed = db
        .selectFrom('envoy_certificates')
        .select('envoy_id')
        .where('ca_sha256', '=', caSha256)
        .where('trust_tag', '=', trustTag);
      const { moved } = await db
        .selectFrom('placements')
        .select((eb) => eb.fn.countAll<number>().as('moved'))
        .where('state', '=', 'active')
        .where('id', 'in', confirmed)
        .executeTakeFirstOrThrow();
      const left = await db
        .selectFrom('placements')
        .select('hostname')
        .where('state', '=', 'active')
        .where('id', 'not in', confirmed)
        .orderBy('hostname')
        .limit(limit)
        .execute();
      return { moved: Number(moved), left: left.map(({ hostname }) => hostname) };
    },
  };
}
