/** The fleet's CA: a certificate that everybody knows and the power to sign with its key. */

import { createHash, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { VigoError } from '../fleet/errors.ts';
import { buildLeafCertificate } from './certificates.ts';
import type { Identity } from './identity.ts';
import { isP256PublicKey, publicKeyDer } from './keys.ts';

/** What the certificate alone tells. */
export interface CaDescription {
  /** SHA-256 of the certificate's DER, lower-case hex. */
  readonly digest: string;
  /** `fleet-` and the first 16 hex digits of the SHA-256 of the CA's public key: it stays when the certificate is renewed. */
  readonly trustDomain: string;
  /** SubjectPublicKeyInfo, DER. */
  readonly publicKeyDer: Buffer;
}

export interface IssueRequest {
  /** SubjectPublicKeyInfo, DER, P-256. */
  readonly publicKeyDer: Uint8Array;
  readonly identity: Identity;
  readonly commonName: string;
  readonly dnsNames?: readonly string[];
  readonly ipAddresses?: readonly string[];
  /** Milliseconds since 1970 UTC: usually now; the certificate begins 5 minutes earlier, for slow clocks. */
  readonly notBefore: number;
  /** Milliseconds since 1970 UTC; cut to the CA's own end. */
  readonly notAfter: number;
}

export interface CertificateAuthority extends CaDescription {
  readonly certPem: string;
  readonly certDer: Buffer;
  /** A certificate, PEM. Throws `INVALID_ARGUMENT` for a bad request, `DATA_DIR_UNUSABLE` when the CA has expired. */
  issue(request: IssueRequest): Promise<string>;
}

/** Describes the first certificate of `certPem`. Throws `INVALID_ARGUMENT` when there is none. */
export function describeCa(certPem: string): CaDescription {
  try {
    return describe(new X509Certificate(certPem));
  } catch (error) {
    throw new VigoError('INVALID_ARGUMENT', 'the CA certificate cannot be read: PEM is expected', { cause: error });
  }
}

/** The trust domain of the fleet whose CA has this public key (SubjectPublicKeyInfo, DER). */
export function trustDomainOf(caPublicKeyDer: Buffer): string {
  return `fleet-${sha256(caPublicKeyDer).slice(0, 16)}`;
}

/** `certPem` and `privateKeyPem` must belong together; `openCa` checks that. */
export function createCertificateAuthority(certPem: string, privateKeyPem: string): CertificateAuthority {
  const certificate = new X509Certificate(certPem);
  const description = describe(certificate);
  return {
    ...description,
    certPem,
    certDer: certificate.raw,
    async issue(request) {
      checkRequest(request, description.trustDomain, certificate);
      return buildLeafCertificate({
        ...request,
        dnsNames: request.dnsNames ?? [],
        ipAddresses: request.ipAddresses ?? [],
        caCertificate: certificate,
        caPrivateKeyPem: privateKeyPem,
      });
    },
  };
}

function describe(certificate: X509Certificate): CaDescription {
  const spki = publicKeyDer(certificate);
  return { digest: sha256(certificate.raw), trustDomain: trustDomainOf(spki), publicKeyDer: spki };
}

function checkRequest(request: IssueRequest, trustDomain: string, ca: X509Certificate): void {
  const refuse = (why: string): never => {
    throw new VigoError('INVALID_ARGUMENT', `no certificate for ${JSON.stringify(request.commonName)}: ${why}`);
  };
  if (request.identity.trustDomain !== trustDomain) {
    refuse(`its trust domain ${request.identity.trustDomain} is not this fleet's, ${trustDomain}`);
  }
  if (!isP256PublicKey(request.publicKeyDer)) refuse('its key is not ECDSA P-256');
  const badAddress = request.ipAddresses?.find((address) => isIP(address) === 0 || address.includes('%'));
  if (badAddress !== undefined) refuse(`${JSON.stringify(badAddress)} is not an IP address`);
  const badName = request.dnsNames?.find((name) => !/^[A-Za-z0-9_.*-]{1,253}$/.test(name));
  if (badName !== undefined) refuse(`${JSON.stringify(badName)} is not a DNS name`);
  if (request.notAfter <= request.notBefore) refuse('it would end before it begins');
  if (ca.validToDate.getTime() <= request.notBefore) {
    throw new VigoError(
      'DATA_DIR_UNUSABLE',
      `the fleet's CA certificate expired on ${ca.validToDate.toISOString()}; renew it (same key) before issuing more`,
    );
  }
}

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
