/** The part of `AdminService` that is about tokens and the license. */
import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { ServiceImpl } from '@connectrpc/connect';
import type { AdminService, EnrollmentTokenSchema } from '../../../gen/vigo/v1/admin_pb.js';
import type { ActiveLicense } from '../../../license/policy.ts';
import { operatorOf } from '../../platform/admin-auth.ts';
import type { EnrollmentTokenRow } from '../../store/token-repository.ts';
import type { Credentials } from '../credentials.ts';
import type { Directory } from '../directory.ts';

export interface CredentialAdminOptions {
  readonly credentials: Credentials;
  readonly directory: Directory;
  readonly license: () => ActiveLicense;
}

type Methods =
  | 'createJoinToken'
  | 'createEnrollmentToken'
  | 'listEnrollmentTokens'
  | 'revokeEnrollmentToken'
  | 'getLicense';

export function createCredentialAdmin(
  options: CredentialAdminOptions,
): Pick<ServiceImpl<typeof AdminService>, Methods> {
  const { credentials, directory } = options;
  return {
    async createJoinToken(request, context) {
      const { token, expiresAt } = await credentials.createJoinToken(
        request.spokeId,
        request.ttlSeconds,
        operatorOf(context).name,
      );
      return { token, expiresAt: timestampFromMs(expiresAt) };
    },
    async createEnrollmentToken(request, context) {
      const { token, row } = await credentials.createEnrollmentToken(request, operatorOf(context).name);
      return { token, id: row.id, expiresAt: timestampFromMs(Number(row.expires_at)) };
    },
    listEnrollmentTokens: async () => ({ tokens: (await credentials.list()).map(tokenMessage) }),
    revokeEnrollmentToken: async (request) => ({ token: tokenMessage(await credentials.revoke(request.id)) }),
    getLicense() {
      const license = options.license();
      return {
        customer: license.customer,
        tier: license.tier,
        envoys: license.envoys,
        envoysUsed: directory.size,
        expiresAt: license.expiresAt === undefined ? undefined : timestampFromMs(license.expiresAt),
        evaluation: license.evaluation,
        fingerprint: license.fingerprint,
        fingerprints: [...license.fingerprints],
      };
    },
  };
}

function tokenMessage(row: EnrollmentTokenRow): MessageInitShape<typeof EnrollmentTokenSchema> {
  return {
    id: row.id,
    uses: row.uses,
    usesLeft: row.uses_left,
    createdAt: timestampFromMs(Number(row.created_at)),
    expiresAt: timestampFromMs(Number(row.expires_at)),
    revokedAt: row.revoked_at === null ? undefined : timestampFromMs(Number(row.revoked_at)),
    comment: row.comment,
    createdBy: row.created_by,
  };
}
