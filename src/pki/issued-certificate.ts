/** Whether a certificate that a hub has given is what was asked for, before anything is stored: for spokes and agents. */
import { createPrivateKey, type X509Certificate } from 'node:crypto';
import { messageOf } from '../fleet/errors.ts';
import { formatIdentity, type Identity, identityOfCertificate } from './identity.ts';
import { certificatesOf, isIssuedByOneOf } from './trust-bundle.ts';

export interface IssuedCertificate {
  /** The certificate, and what may follow it. */
  readonly certificatePem: string;
  /** The CAs that are to be trusted. */
  readonly caPem: string;
  /** The key that it must be for. */
  readonly keyPem: string;
  /** Whom it must name. */
  readonly identity: Identity;
  /** Milliseconds since 1970 UTC. */
  readonly now: number;
}

/** What is wrong with it. */
export interface CertificateProblem {
  /** `CA_MISMATCH`: another CA than it should be has signed it. */
  readonly code: 'CA_MISMATCH' | 'INTERNAL';
  /** A clause without a full stop. */
  readonly why: string;
}

/** Undefined if it can be used. Never throws. */
export function problemOfCertificate(issued: IssuedCertificate): CertificateProblem | undefined {
  const wrong = (why: string): CertificateProblem => ({ code: 'INTERNAL', why });
  let certificate: X509Certificate | undefined;
  let cas: X509Certificate[];
  try {
    [certificate] = certificatesOf(issued.certificatePem);
    cas = certificatesOf(issued.caPem);
  } catch (error) {
    return wrong(`a certificate in it cannot be read (${messageOf(error)})`);
  }
  if (!certificate || cas.length === 0) return wrong('the certificate or that of the CA is missing');
  if (!isIssuedByOneOf(certificate, cas)) {
    return { code: 'CA_MISMATCH', why: "the certificate was not signed by the fleet's CA" };
  }
  if (!certificate.checkPrivateKey(createPrivateKey(issued.keyPem)))
    return wrong("the certificate is for another machine's key");
  const named = identityOfCertificate(certificate);
  const wanted = formatIdentity(issued.identity);
  if (!named || formatIdentity(named) !== wanted) return wrong(`the certificate does not name ${wanted}`);
  const { validFromDate: from, validToDate: to } = certificate;
  if (issued.now < from.getTime() || issued.now > to.getTime()) {
    const here = new Date(issued.now).toISOString();
    return wrong(
      `the certificate is valid from ${from.toISOString()} to ${to.toISOString()}, but here it is ${here}: set the clock`,
    );
  }
  return undefined;
}
