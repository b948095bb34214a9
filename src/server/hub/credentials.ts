/** Enrolment tokens and join tokens: made here, kept as hashes, shown once. */
import { randomBytes, randomUUID } from 'node:crypto';
import { VigoError } from '../../fleet/errors.ts';
import { formatPinnedToken, hashToken } from '../../pki/pinned-token.ts';
import type { Clock } from '../../platform/clock.ts';
import type { EnrollmentTokenRow, TokenRepository } from '../store/token-repository.ts';
import type { PartitionLinks } from './partition-links.ts';

const SECRET_BYTES = 24;
const HOUR_S = 3600;
const DEFAULT_JOIN_TTL_S = HOUR_S;
const MAX_JOIN_TTL_S = 7 * 24 * HOUR_S;
const DEFAULT_ENROLLMENT_TTL_S = 24 * HOUR_S;
const MAX_ENROLLMENT_TTL_S = 365 * 24 * HOUR_S;
const MAX_USES = 1_000_000;
const MAX_COMMENT = 500;

export interface Credentials {
  /** Throws SPOKE_NOT_FOUND, INVALID_ARGUMENT. Times in milliseconds since 1970 UTC. */
  createJoinToken(spokeId: string, ttlSeconds: number, actor: string): Promise<{ token: string; expiresAt: number }>;
  createEnrollmentToken(
    wish: { uses: number; ttlSeconds: number; comment: string },
    actor: string,
  ): Promise<{ token: string; row: EnrollmentTokenRow }>;
  list(): Promise<EnrollmentTokenRow[]>;
  revoke(id: string): Promise<EnrollmentTokenRow>;
}

export interface CredentialsOptions {
  readonly repository: TokenRepository;
  readonly links: PartitionLinks;
  /** "https://host:port" that tokens carry. */
  readonly apiUrl: () => string;
  /** Hex SHA-256 of the fleet CA's certificate, which tokens pin. */
  readonly caDigest: () => string;
  readonly clock: Clock;
}

function bounded(name: string, value: number, fallback: number, max: number): number {
  if (value > max) throw new VigoError('INVALID_ARGUMENT', `${name} is ${value}: at most ${max}`);
  return value === 0 ? fallback : value;
}

export function createCredentials(options: CredentialsOptions): Credentials {
  const { repository, links, clock } = options;
  const mint = (kind: 'join' | 'enroll') =>
    formatPinnedToken({
      kind,
      hubUrl: options.apiUrl(),
      caDigest: options.caDigest(),
      secret: randomBytes(SECRET_BYTES),
    });
  return {
    async createJoinToken(spokeId, ttlSeconds, actor) {
      links.get(spokeId);
      const ttl = bounded('ttl_seconds', ttlSeconds, DEFAULT_JOIN_TTL_S, MAX_JOIN_TTL_S);
      const token = mint('join');
      const now = clock.now();
      const expiresAt = now + ttl * 1000;
      await repository.createJoinToken({
        hash: hashToken(token),
        spoke_id: spokeId,
        created_at: now,
        expires_at: expiresAt,
        used_by_key: null,
        created_by: actor,
      });
      return { token, expiresAt };
    },
    async createEnrollmentToken(wish, actor) {
      if (wish.comment.length > MAX_COMMENT)
        throw new VigoError('INVALID_ARGUMENT', `comment: at most ${MAX_COMMENT} characters`);
      const uses = bounded('uses', wish.uses, 1, MAX_USES);
      const ttl = bounded('ttl_seconds', wish.ttlSeconds, DEFAULT_ENROLLMENT_TTL_S, MAX_ENROLLMENT_TTL_S);
      const token = mint('enroll');
      const now = clock.now();
      const row: EnrollmentTokenRow = {
        id: randomUUID(),
        hash: hashToken(token),
        uses,
        uses_left: uses,
        created_at: now,
        expires_at: now + ttl * 1000,
        revoked_at: null,
        comment: wish.comment,
        created_by: actor,
      };
      await repository.createEnrollmentToken(row);
      return { token, row };
    },
    list: () => repository.listEnrollmentTokens(1_000),
    revoke: (id) => repository.revokeEnrollmentToken(id, clock.now()),
  };
}
