/** The fleet's CA: a certificate that everybody knows and the power to sign with its key. */

import { createHash, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { VigoError } from '../fleet/errors.ts';
import { buildLeafCertificate } from './certificates.ts';
import type { Identity } from './identity.ts';
import { isP256PublicKey, publicKeyDer } from './keys.ts';
import { subjectAltNames } from './subject-alt-names.ts';
import { trustTag } from './trust-bundle.ts';

/** What the certificate alone tells. */
export interface CaDescription {
  /** SHA-256 of the certificate's DER, lower-case hex. */
  readonly digest: string;
  /**
   * What the certificate says of itself (`spiffe://<trust domain>`), so that it stays when another CA takes over; of a CA made
   * elsewhere that says nothing, `fleet-` and the first 16 hex digits of the SHA-256 of its public key.
   */
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

/** The CA that this one has taken over from, as long as not everybody has moved. */
export interface FormerCa {
  readonly certPem: string;
  /** This CA's key, signed by the former. */
  readonly crossPem: string;
}

export interface CertificateAuthority extends CaDescription {
  readonly certPem: string;
  readonly certDer: Buffer;
  /** Absent when no other CA is trusted beside this one. */
  readonly former?: FormerCa & CaDescription;
  /** Every CA certificate that is to be trusted, PEM: its own first. */
  readonly trustPem: string;
  /** `trustTag(trustPem)` */
  readonly trustTag: number;
  /**
   * A certificate, PEM, followed by what makes it good for who trusts the former CA alone.
   * Throws `INVALID_ARGUMENT` for a bad request, `DATA_DIR_UNUSABLE` when the CA has expired.
   */
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
export function createCertificateAuthority(
  certPem: string,
  privateKeyPem: string,
  former?: FormerCa,
): CertificateAuthority {
  const certificate = new X509Certificate(certPem);
  const description = describe(certificate);
  const trustPem = former ? `${certPem.trimEnd()}\n${former.certPem.trimEnd()}\n` : certPem;
  return {
    ...description,
    certPem,
    certDer: certificate.raw,
    ...(former ? { former: { ...former, ...describeCa(former.certPem) } } : {}),
    trustPem,
    trustTag: trustTag(trustPem),
    async issue(request) {
      checkRequest(request, description.trustDomain, certificate);
      const leaf = await buildLeafCertificate({
        ...request,
        dnsNames: request.dnsNames ?? [],
        ipAddresses: request.ipAddresses ?? [],
        caCertificate: certificate,
        caPrivateKeyPem: privateKeyPem,
      });
      return former ? `${leaf.trimEnd()}\n${former.crossPem.trimEnd()}\n` : leaf;
    },
  };
}

function describe(certificate: X509Certificate): CaDescription {
  const spki = publicKeyDer(certificate);
  const trustDomain = declaredTrustDomain(certificate) ?? trustDomainOf(spki);
  return { digest: sha256(certificate.raw), trustDomain, publicKeyDer: spki };
}

const TRUST_DOMAIN = /^spiffe:\/\/([a-z0-9._-]{1,255})$/;

function declaredTrustDomain(certificate: X509Certificate): string | undefined {
  const names = subjectAltNames(certificate.subjectAltName)?.filter(({ type, quoted }) => type === 'URI' && !quoted);
  const [only] = names ?? [];
  return only && names?.length === 1 ? TRUST_DOMAIN.exec(only.value)?.[1] : undefined;
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
