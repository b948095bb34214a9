/** Certificate requests (PKCS #10): made by who wants a certificate, checked by who signs. */
import { createPrivateKey, createPublicKey } from 'node:crypto';
import type { Pkcs10CertificateRequest } from '@peculiar/x509';
import { VigoError } from '../fleet/errors.ts';
import { isP256PublicKey } from './keys.ts';
import { ECDSA_SHA256, loadX509, P256, type X509Library } from './x509-library.ts';

/** A request with the longest host name twice is under 1 KiB. */
const MAX_CSR_BYTES = 16 * 1024;
const MAX_NAME_LENGTH = 253;
const SAN_OID = '2.5.29.17';
const EXTENSION_REQUEST_OID = '1.2.840.113549.1.9.14';
const STRONG_HASHES = ['SHA-256', 'SHA-384', 'SHA-512'];

export interface CsrOptions {
  /** PKCS #8, P-256. */
  readonly privateKeyPem: string;
  readonly commonName: string;
  readonly dnsNames?: readonly string[];
}

/** What a request asks for, after its signature was verified. Nothing of it is granted by that. */
export interface ParsedCsr {
  /** SubjectPublicKeyInfo, DER, P-256. */
  readonly publicKeyDer: Buffer;
  readonly commonName: string;
  readonly dnsNames: string[];
}

/** A signed request, DER. */
export async function createCsr(options: CsrOptions): Promise<Buffer> {
  const x509 = await loadX509();
  const privateKey = createPrivateKey(options.privateKeyPem);
  const dnsNames = options.dnsNames ?? [];
  const csr = await x509.Pkcs10CertificateRequestGenerator.create({
    name: new x509.Name([{ CN: [{ utf8String: options.commonName }] }]),
    keys: {
      privateKey: privateKey.toCryptoKey(P256, false, ['sign']),
      publicKey: createPublicKey(privateKey).toCryptoKey(P256, true, ['verify']),
    },
    signingAlgorithm: ECDSA_SHA256,
    extensions: dnsNames.length
      ? [new x509.SubjectAlternativeNameExtension(dnsNames.map((value) => ({ type: 'dns', value })))]
      : [],
  });
  return Buffer.from(csr.rawData);
}

/** Throws `INVALID_CSR` unless `der` is a well-formed request for a P-256 key, signed with that key. */
export async function parseCsr(der: Uint8Array): Promise<ParsedCsr> {
  if (der.length > MAX_CSR_BYTES) throw invalid(`it has ${der.length} bytes, at most ${MAX_CSR_BYTES} are allowed`);
  if (der.length === 0) throw invalid('it is empty');
  const x509 = await loadX509();
  try {
    const csr = new x509.Pkcs10CertificateRequest(Buffer.from(der));
    // The parser stops at the end of the outer sequence; what would follow it is not covered by the signature.
    if (csr.rawData.byteLength !== der.length || outerLength(der) !== der.length) throw invalid('bytes follow its end');
    const publicKeyDer = Buffer.from(csr.publicKey.rawData);
    if (!isP256PublicKey(publicKeyDer)) throw invalid('its key is not ECDSA P-256 (prime256v1, uncompressed point)');
    await checkSignature(csr);
    return { publicKeyDer, commonName: commonNameOf(csr), dnsNames: dnsNamesOf(x509, csr) };
  } catch (error) {
    if (error instanceof VigoError) throw error;
    throw invalid('it cannot be read as PKCS #10 in DER', { cause: error });
  }
}

function invalid(why: string, options?: ErrorOptions): VigoError {
  return new VigoError('INVALID_CSR', `the certificate request is not valid: ${why}`, options);
}

/** Bytes that the first DER element claims to span; 0 when its length is not in the short or the 1- or 2-byte form. */
function outerLength(der: Uint8Array): number {
  const [, first = 0, high = 0, low = 0] = der;
  if (first < 0x80) return 2 + first;
  if (first === 0x81) return 3 + high;
  return first === 0x82 ? 4 + high * 256 + low : 0;
}

async function checkSignature(csr: Pkcs10CertificateRequest): Promise<void> {
  // The library's type of this is DOM's `Algorithm`, which Node's types leave empty.
  const { name, hash } = csr.signatureAlgorithm as { name?: string; hash?: { name: string } };
  if (name !== 'ECDSA' || !STRONG_HASHES.includes(hash?.name ?? '')) {
    throw invalid('it is not signed with ECDSA and SHA-256, SHA-384 or SHA-512');
  }
  const genuine = await csr.verify().catch(() => false);
  if (!genuine) throw invalid('its signature does not belong to its key');
}

function commonNameOf(csr: Pkcs10CertificateRequest): string {
  const [commonName, ...more] = csr.subjectName.getField('CN');
  if (!commonName || more.length > 0) throw invalid('its subject needs exactly one common name (CN)');
  return checkName(commonName);
}

/** Every name it asks for. Two lists, or a name of another sort, could hide one from who checks: refused. */
function dnsNamesOf(x509: X509Library, csr: Pkcs10CertificateRequest): string[] {
  const lists = csr.getExtensions(SAN_OID);
  if (csr.getAttributes(EXTENSION_REQUEST_OID).length > 1 || lists.length > 1) {
    throw invalid('it lists subject alternative names more than once');
  }
  const [list] = lists;
  if (!list) return [];
  if (!(list instanceof x509.SubjectAlternativeNameExtension)) throw invalid('its alternative names cannot be read');
  return list.names.items.map((name) => {
    if (name.type !== 'dns')
      throw invalid(`it asks for a name of type "${name.type}"; only DNS names can be asked for`);
    return checkName(name.value);
  });
}

function checkName(name: string): string {
  // Printable ASCII: host names and spoke ids are no more, and nothing else may reach logs and error messages.
  if (name.length > MAX_NAME_LENGTH || !/^[\x21-\x7e]+$/.test(name)) {
    throw invalid(`a name in it is longer than ${MAX_NAME_LENGTH} characters or not plain ASCII without spaces`);
  }
  return name;
}
