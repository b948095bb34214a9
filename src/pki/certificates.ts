/** Builds the two sorts of certificate there are: the fleet's CA and the leaves under it. */
import { createPrivateKey, createPublicKey, randomBytes, type X509Certificate } from 'node:crypto';
import type { Extension, JsonGeneralNames } from '@peculiar/x509';
import type { CertificateLife } from '../fleet/certificate-renewal.ts';
import { formatIdentity, type Identity } from './identity.ts';
import { ECDSA_SHA256, loadX509, P256, type X509Library } from './x509-library.ts';

/** Machines whose clock is this far behind still accept a new certificate. */
const CLOCK_SKEW_MS = 5 * 60_000;
const CA_YEARS = 10;
export const YEAR_MS = 365 * 24 * 3_600_000;

/** When a certificate of ours was issued, which is later than it begins, and when it ends. Milliseconds since 1970 UTC. */
export function lifeOf(certificate: X509Certificate): CertificateLife {
  const endsAt = certificate.validToDate.getTime();
  return { issuedAt: Math.min(certificate.validFromDate.getTime() + CLOCK_SKEW_MS, endsAt), endsAt };
}

export interface CaCertificateOptions {
  readonly privateKeyPem: string;
  readonly trustDomain: string;
  /** Milliseconds since 1970 UTC; its life begins here. */
  readonly now: number;
}

/** A self-signed CA certificate, PEM, valid for 10 years, that may sign leaves only. */
export async function buildCaCertificate(options: CaCertificateOptions): Promise<string> {
  const x509 = await loadX509();
  const privateKey = createPrivateKey(options.privateKeyPem);
  const publicKey = createPublicKey(privateKey).toCryptoKey(P256, true, ['verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: commonName(x509, `Vigo fleet CA ${options.trustDomain}`),
    ...validity(options.now, options.now + CA_YEARS * YEAR_MS),
    signingAlgorithm: ECDSA_SHA256,
    keys: { privateKey: privateKey.toCryptoKey(P256, false, ['sign']), publicKey },
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      new x509.SubjectAlternativeNameExtension([{ type: 'url', value: `spiffe://${options.trustDomain}` }]),
      await x509.SubjectKeyIdentifierExtension.create(publicKey),
    ],
  });
  return `${certificate.toString('pem')}\n`;
}

export interface CrossCertificateOptions {
  /** The CA that everybody trusts already, and its key. */
  readonly former: X509Certificate;
  readonly formerKeyPem: string;
  /** The CA that takes its place. */
  readonly successor: X509Certificate;
}

/**
 * The successor's name and key, signed by the former CA, PEM: shown behind a leaf of the successor it makes that leaf good for
 * who trusts the former alone. Both bear one name, which makes it a self-issued certificate (RFC 5280): those do not count
 * against the former's path length of 0.
 */
export async function buildCrossCertificate(options: CrossCertificateOptions): Promise<string> {
  const x509 = await loadX509();
  const { former, successor } = options;
  const issuer = new x509.X509Certificate(former.raw);
  const subject = new x509.X509Certificate(successor.raw);
  const publicKey = new x509.PublicKey(successor.publicKey.export({ type: 'spki', format: 'der' }));
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: subject.subjectName,
    issuer: issuer.subjectName,
    notBefore: successor.validFromDate,
    notAfter: new Date(Math.min(successor.validToDate.getTime(), former.validToDate.getTime())),
    signingAlgorithm: ECDSA_SHA256,
    publicKey,
    signingKey: createPrivateKey(options.formerKeyPem).toCryptoKey(P256, false, ['sign']),
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(publicKey),
      await authorityKeyId(x509, issuer),
    ],
  });
  return `${certificate.toString('pem')}\n`;
}

export interface LeafOptions {
  readonly caCertificate: X509Certificate;
  readonly caPrivateKeyPem: string;
  /** SubjectPublicKeyInfo, DER, P-256. */
  readonly publicKeyDer: Uint8Array;
  readonly identity: Identity;
  readonly commonName: string;
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
  /** Milliseconds since 1970 UTC; backdated by 5 minutes for slow clocks. */
  readonly notBefore: number;
  /** Milliseconds since 1970 UTC; a leaf never outlives its CA, so the CA's end may come first. */
  readonly notAfter: number;
}

/** A certificate for a hub, spoke or envoy, PEM. */
export async function buildLeafCertificate(options: LeafOptions): Promise<string> {
  const x509 = await loadX509();
  const issuer = new x509.X509Certificate(options.caCertificate.raw);
  const publicKey = new x509.PublicKey(Buffer.from(options.publicKeyDer));
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: commonName(x509, options.commonName),
    issuer: issuer.subjectName,
    ...validity(options.notBefore, Math.min(options.notAfter, options.caCertificate.validToDate.getTime())),
    signingAlgorithm: ECDSA_SHA256,
    publicKey,
    signingKey: createPrivateKey(options.caPrivateKeyPem).toCryptoKey(P256, false, ['sign']),
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension(usages(x509, options.identity)),
      new x509.SubjectAlternativeNameExtension(alternativeNames(options)),
      await x509.SubjectKeyIdentifierExtension.create(publicKey),
      await authorityKeyId(x509, issuer),
    ],
  });
  return `${certificate.toString('pem')}\n`;
}

function alternativeNames(options: LeafOptions): JsonGeneralNames {
  return [
    { type: 'url', value: formatIdentity(options.identity) },
    ...options.dnsNames.map((value) => ({ type: 'dns' as const, value })),
    ...options.ipAddresses.map((value) => ({ type: 'ip' as const, value })),
  ];
}

/** An envoy never listens; hubs and spokes also call each other. */
function usages(x509: X509Library, identity: Identity): string[] {
  const { clientAuth, serverAuth } = x509.ExtendedKeyUsage;
  return identity.kind === 'envoy' ? [clientAuth] : [serverAuth, clientAuth];
}

/** Must repeat what the CA's certificate says, which for a CA made elsewhere need not be the hash of its key. */
async function authorityKeyId(
  x509: X509Library,
  issuer: InstanceType<X509Library['X509Certificate']>,
): Promise<Extension> {
  const keyId = issuer.getExtension(x509.SubjectKeyIdentifierExtension)?.keyId;
  return keyId
    ? new x509.AuthorityKeyIdentifierExtension(keyId)
    : x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey);
}

function commonName(x509: X509Library, name: string): InstanceType<X509Library['Name']> {
  // The plain form would give "#", quotes and backslashes a meaning.
  return new x509.Name([{ CN: [{ utf8String: name }] }]);
}

/** Certificates count in whole seconds. */
function validity(notBefore: number, notAfter: number): { notBefore: Date; notAfter: Date } {
  const wholeSecond = (ms: number): Date => new Date(Math.floor(ms / 1000) * 1000);
  return { notBefore: wholeSecond(notBefore - CLOCK_SKEW_MS), notAfter: wholeSecond(notAfter) };
}

const serialNumber = (): string => randomBytes(16).toString('hex');
