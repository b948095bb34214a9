/** The certificates that a hub signs. */
import type { CertificateAuthority } from '../../pki/ca.ts';
import { YEAR_MS } from '../../pki/certificates.ts';
import type { Clock } from '../../platform/clock.ts';
import type { SpokeCertificateRequest } from './spoke-joining.ts';

export interface FleetCertificates {
  signEnvoy(envoy: { id: string; hostname: string; publicKey: Uint8Array }): Promise<string>;
  signSpoke(request: SpokeCertificateRequest): Promise<string>;
}

export function createFleetCertificates(options: { ca: CertificateAuthority; clock: Clock }): FleetCertificates {
  const { ca, clock } = options;
  const validity = () => ({ notBefore: clock.now(), notAfter: clock.now() + YEAR_MS });
  return {
    signEnvoy: ({ id, hostname, publicKey }) =>
      ca.issue({
        publicKeyDer: publicKey,
        identity: { kind: 'envoy', id, trustDomain: ca.trustDomain },
        commonName: hostname,
        ...validity(),
      }),
    signSpoke: ({ spokeId, publicKey, dnsNames, ipAddresses }) =>
      ca.issue({
        publicKeyDer: publicKey,
        identity: { kind: 'spoke', id: spokeId, trustDomain: ca.trustDomain },
        commonName: spokeId,
        dnsNames: [...dnsNames],
        ipAddresses: [...ipAddresses],
        ...validity(),
      }),
  };
}
