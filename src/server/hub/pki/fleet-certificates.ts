/** The certificates that a hub signs. */
import type { CertificateAuthority } from '../../../pki/ca.ts';
import type { Clock } from '../../../platform/clock.ts';
import type { SpokeCertificateRequest } from './spoke-request.ts';

export interface FleetCertificates {
  signEnvoy(envoy: { id: string; hostname: string; publicKey: Uint8Array }): Promise<string>;
  signSpoke(request: SpokeCertificateRequest): Promise<string>;
}

export interface FleetCertificatesOptions {
  /** The CA that signs now. */
  readonly ca: () => Pick<CertificateAuthority, 'issue' | 'trustDomain'>;
  /** Life of a certificate, milliseconds. */
  readonly lifeMs: number;
  readonly clock: Clock;
}

export function createFleetCertificates(options: FleetCertificatesOptions): FleetCertificates {
  const { lifeMs, clock } = options;
  const validity = () => ({ notBefore: clock.now(), notAfter: clock.now() + lifeMs });
  return {
    signEnvoy({ id, hostname, publicKey }) {
      const ca = options.ca();
      return ca.issue({
        publicKeyDer: publicKey,
        identity: { kind: 'envoy', id, trustDomain: ca.trustDomain },
        commonName: hostname,
        ...validity(),
      });
    },
    signSpoke({ spokeId, publicKey, dnsNames, ipAddresses }) {
      const ca = options.ca();
      return ca.issue({
        publicKeyDer: publicKey,
        identity: { kind: 'spoke', id: spokeId, trustDomain: ca.trustDomain },
        commonName: spokeId,
        dnsNames: [...dnsNames],
        ipAddresses: [...ipAddresses],
        ...validity(),
      });
    },
  };
}
