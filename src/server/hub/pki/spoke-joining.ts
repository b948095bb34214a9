/** Giving a new spoke its certificate: once per token, to the key that shows it first. */
import { createHash } from 'node:crypto';
import { hashToken } from '../../../pki/pinned-token.ts';
import type { Clock } from '../../../platform/clock.ts';
import type { Logger } from '../../../platform/logger.ts';
import type { TokenRepository } from '../../store/token-repository.ts';
import type { PartitionLinks } from '../partition-links.ts';
import { parseSpokeRequest, type SpokeCertificateRequest } from './spoke-request.ts';

export interface SpokeJoiningOptions {
  readonly tokens: TokenRepository;
  readonly links: PartitionLinks;
  /** Signs a spoke certificate, PEM. */
  readonly sign: (request: SpokeCertificateRequest) => Promise<string>;
  readonly clock: Clock;
  readonly logger: Logger;
}

export type JoinSpoke = (request: {
  token: string;
  spokeId: string;
  csr: Uint8Array;
  sans: readonly string[];
}) => Promise<string>;

/** Resolves to the certificate. Throws TOKEN_*, SPOKE_NOT_FOUND, INVALID_CSR, INVALID_HOSTNAME, INVALID_ARGUMENT. */
export function createSpokeJoining(options: SpokeJoiningOptions): JoinSpoke {
  const { tokens, links, clock, logger } = options;
  return async ({ token, spokeId, csr, sans }) => {
    const request = await parseSpokeRequest({ spokeId, csr, sans });
    const keyHash = createHash('sha256').update(request.publicKey).digest('hex');
    await tokens.useJoinToken({ hash: hashToken(token), spokeId, keyHash, now: clock.now() });
    // After the token: who has none learns nothing about which spokes there are.
    links.get(spokeId);
    const certificate = await options.sign(request);
    logger.info({ spoke: spokeId, keyHash }, 'spoke joined');
    return certificate;
  };
}
