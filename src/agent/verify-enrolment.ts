/** Whether what a hub has answered to an enrolment is what we asked for, before any of it is stored. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { messageOf, VigoError } from '../fleet/errors.ts';
import type { EnrollResponse } from '../gen/vigo/v1/enrollment_pb.js';
import { identityOfCertificate } from '../pki/identity.ts';
import { isIssuedByOneOf } from '../pki/trust-bundle.ts';
import { type AgentEndpoint, endpointFrom } from './endpoint.ts';
import type { AgentState } from './state.ts';

export interface EnrolmentCheck {
  readonly response: EnrollResponse;
  readonly hostname: string;
  /** The key that the request was signed with, PEM. */
  readonly keyPem: string;
  /** The CA that the token pins, PEM. */
  readonly pinnedCaPem: string;
  /** Milliseconds since 1970 UTC. */
  readonly now: number;
}

/** Throws `CA_MISMATCH` for a certificate of another CA, `INTERNAL` for anything else that is not as it should be. */
export function verifyEnrolment(check: EnrolmentCheck): AgentState {
  const { response, hostname } = check;
  const owner = endpointFrom(response.owner);
  if (!owner) throw wrong('it does not say which server serves this envoy');
  checkCertificate(check);
  const hubs = response.hubs.map((hub) => endpointFrom(hub)).filter((hub): hub is AgentEndpoint => hub !== undefined);
  return {
    envoyId: response.envoyId,
    hostname,
    owner: { endpoint: owner, epoch: response.epoch },
    previous: undefined,
    hubs,
  };
}

function checkCertificate({ response, keyPem, pinnedCaPem, now }: EnrolmentCheck): void {
  const pinned = new X509Certificate(pinnedCaPem);
  const certificate = parse(response.certificatePem, 'the certificate');
  const stored = certificatesIn(response.caPem).map((pem) => parse(pem, 'a CA certificate'));
  // The call itself was made under the pinned one; while one CA takes over from another, the other may have signed.
  if (!stored.some((ca) => ca.fingerprint256 === pinned.fingerprint256)) {
    throw new VigoError('CA_MISMATCH', 'the hub names other CA certificates than the one that the token was made for');
  }
  if (!isIssuedByOneOf(certificate, stored)) {
    throw new VigoError('CA_MISMATCH', "the certificate that the hub gave was not signed by the fleet's CA");
  }
  if (!certificate.checkPrivateKey(createPrivateKey(keyPem)))
    throw wrong("the certificate is for another machine's key");
  const identity = identityOfCertificate(certificate);
  if (identity?.kind !== 'envoy' || identity.id !== response.envoyId) {
    throw wrong(`the certificate does not name envoy ${JSON.stringify(response.envoyId.slice(0, 80))}`);
  }
  if (now < certificate.validFromDate.getTime() || now > certificate.validToDate.getTime()) {
    throw wrong(
      `the certificate is valid from ${certificate.validFromDate.toISOString()} to ` +
        `${certificate.validToDate.toISOString()}, but here it is ${new Date(now).toISOString()}: set the clock`,
    );
  }
}

function certificatesIn(pem: string): string[] {
  return pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
}

function parse(pem: string, what: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (error) {
    throw wrong(`${what} cannot be read (${messageOf(error)})`);
  }
}

function wrong(why: string): VigoError {
  return new VigoError('INTERNAL', `the hub's answer to the enrolment is not usable: ${why}; nothing was stored`);
}
