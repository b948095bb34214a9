/**
 * Renewed certificates of envoys. An agent that finds its own due asks for another, for the same key; when it has put that on its
 * disk it comes again and shows it, and only then counts as having it.
 */
import type { X509Certificate } from 'node:crypto';
import { VigoError } from '../../../fleet/errors.ts';
import type { CertificateAuthority } from '../../../pki/ca.ts';
import { certificatesOf, isIssuedByOneOf } from '../../../pki/trust-bundle.ts';
import type { Clock } from '../../../platform/clock.ts';
import type { CertificateRepository } from '../../store/certificate-repository.ts';
import type { KnownEnvoy } from '../known-envoy.ts';

export interface EnvoyCertificatesOptions {
  /** Throws IDENTITY_REVOKED for who is not enrolled, or not with this key. */
  readonly known: KnownEnvoy;
  readonly repository: CertificateRepository;
  readonly ca: () => CertificateAuthority;
  /** Signs an envoy certificate, PEM. */
  readonly sign: (envoy: { id: string; hostname: string; publicKey: Uint8Array }) => Promise<string>;
  readonly clock: Clock;
}

interface Caller {
  readonly envoyId: string;
  readonly keyHash: string;
}

export interface EnvoyCertificates {
  /** For an enrolment: what is signed counts as had, because an agent that lost the answer enrols again. */
  first(envoy: { id: string; hostname: string; publicKey: Uint8Array }): Promise<string>;
  /** Throws IDENTITY_REVOKED. */
  renew(caller: Caller): Promise<{ certificatePem: string; caPem: string }>;
  /** `shown`: the certificate of the connection. Throws IDENTITY_REVOKED, INVALID_ARGUMENT. */
  confirm(caller: Caller, shown: X509Certificate | undefined, trustTag: number): Promise<void>;
}

export function createEnvoyCertificates(options: EnvoyCertificatesOptions): EnvoyCertificates {
  const { known, repository, sign, clock } = options;
  const note = (envoyId: string, certificate: X509Certificate, trustTag: number) => {
    const { certPem, digest, former } = options.ca();
    const isCurrent = isIssuedByOneOf(certificate, certificatesOf(certPem));
    return repository.note({
      envoy_id: envoyId,
      ca_sha256: isCurrent ? digest : (former?.digest ?? ''),
      trust_tag: trustTag,
      ends_at: certificate.validToDate.getTime(),
      confirmed_at: clock.now(),
    });
  };
  return {
    async first(envoy) {
      const pem = await sign(envoy);
      const [certificate] = certificatesOf(pem);
      if (certificate) await note(envoy.id, certificate, options.ca().trustTag);
      return pem;
    },
    async renew(caller) {
      const { row } = await known(caller);
      const caPem = options.ca().trustPem;
      const certificatePem = await sign({ id: row.id, hostname: row.hostname, publicKey: row.public_key });
      return { certificatePem, caPem };
    },
    async confirm(caller, shown, trustTag) {
      const { row } = await known(caller);
      if (!shown) throw new VigoError('INVALID_ARGUMENT', 'the connection shows no certificate');
      await note(row.id, shown, trustTag);
    },
  };
}
