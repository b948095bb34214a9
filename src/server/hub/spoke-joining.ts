/** Giving a new spoke its certificate: once per token, to the key that shows it first. */
import { createHash } from 'node:crypto';
import { isIP } from 'node:net';
import { VigoError } from '../../fleet/errors.ts';
import { normalizeHostname } from '../../fleet/hostname.ts';
import { parseCsr } from '../../pki/csr.ts';
import { hashToken } from '../../pki/pinned-token.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Logger } from '../../platform/logger.ts';
import type { TokenRepository } from '../store/token-repository.ts';
import type { PartitionLinks } from './partition-links.ts';

const MAX_SANS = 20;

export interface SpokeCertificateRequest {
  readonly spokeId: string;
  readonly publicKey: Uint8Array;
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
}

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
    if (sans.length > MAX_SANS)
      throw new VigoError('INVALID_ARGUMENT', `${sans.length} names for one certificate: at most ${MAX_SANS}`);
    const dnsNames = sans.filter((san) => isIP(san) === 0).map(normalizeHostname);
    const ipAddresses = sans.filter((san) => isIP(san) !== 0);
    const { publicKeyDer, commonName } = await parseCsr(csr);
    if (commonName !== spokeId) {
      throw new VigoError(
        'INVALID_CSR',
        `the certificate request names ${JSON.stringify(commonName)}, but the spoke is ${spokeId}`,
      );
    }
    const keyHash = createHash('sha256').update(publicKeyDer).digest('hex');
    await tokens.useJoinToken({ hash: hashToken(token), spokeId, keyHash, now: clock.now() });
    // After the token: who has none learns nothing about which spokes there are.
    links.get(spokeId);
    const certificate = await options.sign({ spokeId, publicKey: publicKeyDer, dnsNames, ipAddresses });
    logger.info({ spoke: spokeId, keyHash }, 'spoke joined');
    return certificate;
  };
}
