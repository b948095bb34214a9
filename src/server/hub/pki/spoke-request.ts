/** What a spoke asks for when it wants a certificate, checked: with a token when it joins, and later when its own grows old. */
import { isIP } from 'node:net';
import { VigoError } from '../../../fleet/errors.ts';
import { normalizeHostname } from '../../../fleet/hostname.ts';
import { parseCsr } from '../../../pki/csr.ts';

const MAX_SANS = 20;

export interface SpokeCertificateRequest {
  readonly spokeId: string;
  readonly publicKey: Uint8Array;
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
}

/** Throws INVALID_CSR, INVALID_HOSTNAME, INVALID_ARGUMENT. */
export async function parseSpokeRequest(request: {
  readonly spokeId: string;
  readonly csr: Uint8Array;
  readonly sans: readonly string[];
}): Promise<SpokeCertificateRequest> {
  const { spokeId, csr, sans } = request;
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
  return { spokeId, publicKey: publicKeyDer, dnsNames, ipAddresses };
}
