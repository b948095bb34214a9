/** How the fleet's certificates stand, and the end of a change of the CA, which waits for everybody or is told not to. */
import { X509Certificate } from 'node:crypto';
import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { type CertificateLife, renewsAt } from '../../../fleet/certificate-renewal.ts';
import { VigoError } from '../../../fleet/errors.ts';
import type { PkiSchema } from '../../../gen/vigo/v1/pki_pb.js';
import { lifeOf } from '../../../pki/certificates.ts';
import type { CertificateRepository } from '../../store/certificate-repository.ts';
import type { Directory } from '../directory.ts';
import type { SpokeMonitor } from '../health/spoke-monitor.ts';
import type { PartitionLinks } from '../partition-links.ts';
import type { HubPki } from './hub-pki.ts';
import type { SpokeCertificates } from './spoke-certificates.ts';

export interface PkiViewOptions {
  readonly pki: HubPki;
  readonly directory: Pick<Directory, 'size'>;
  readonly repository: Pick<CertificateRepository, 'progress'>;
  readonly links: PartitionLinks;
  readonly monitor: Pick<SpokeMonitor, 'view' | 'known'>;
  readonly spokeCertificates: SpokeCertificates;
}

export type PkiMessage = MessageInitShape<typeof PkiSchema>;

export interface PkiView {
  /** At this moment. */
  show(): Promise<PkiMessage>;
  /** Throws ROTATION_NOT_RUNNING; unless `force`, ROTATION_INCOMPLETE naming who has not moved. */
  finish(force: boolean): Promise<void>;
}

const MAX_LEFT = 100;
const MAX_NAMED = 5;

export function createPkiView(options: PkiViewOptions): PkiView {
  const { pki, directory, repository, links, monitor, spokeCertificates } = options;

  const spokeMessage = (id: string) => {
    const certificate = monitor.view(id)?.status?.certificate;
    return {
      id,
      moved: certificate !== undefined && spokeCertificates.isCurrent(certificate),
      failure: spokeCertificates.failure(id),
      ...(certificate
        ? { certificate: leafMessage({ issuedAt: certificate.issuedAtMs, endsAt: certificate.endsAtMs }) }
        : {}),
    };
  };

  const show = async () => {
    const ca = pki.ca();
    // The partition of a standalone server is in its own process and has no certificate.
    const spokes = links.all.filter(({ health }) => health !== undefined);
    await Promise.all(spokes.map(({ spec }) => monitor.known(spec.id)));
    const { moved, left } = await repository.progress({ caSha256: ca.digest, trustTag: ca.trustTag }, MAX_LEFT);
    return {
      trustDomain: ca.trustDomain,
      ca: caMessage(ca.digest, ca.certPem),
      ...(ca.former ? { formerCa: caMessage(ca.former.digest, ca.former.certPem) } : {}),
      hub: leafMessage(lifeOf(new X509Certificate(pki.certificate()))),
      spokes: spokes.map(({ spec }) => spokeMessage(spec.id)),
      envoys: directory.size,
      envoysMoved: moved,
      envoysLeft: left,
    };
  };

  return {
    show,
    async finish(force) {
      if (!pki.ca().former) {
        throw new VigoError(
          'ROTATION_NOT_RUNNING',
          'no CA takes over from another: begin with "vigocli pki rotate-ca"',
        );
      }
      const { spokes, envoysLeft, envoys, envoysMoved } = await show();
      const spokesLeft = spokes.filter(({ moved }) => !moved).map(({ id }) => id);
      if (!force && spokesLeft.length + envoysLeft.length > 0) {
        throw new VigoError('ROTATION_INCOMPLETE', incomplete(spokesLeft, envoysLeft, envoys - envoysMoved));
      }
      await pki.finishRotation();
    },
  };
}

function incomplete(spokes: readonly string[], envoys: readonly string[], count: number): string {
  const named = envoys.slice(0, MAX_NAMED);
  const more = count > named.length ? ` and ${count - named.length} more` : '';
  const who = [
    ...(spokes.length > 0 ? [`spokes ${spokes.join(', ')}`] : []),
    ...(named.length > 0 ? [`envoys ${named.join(', ')}${more}`] : []),
  ].join('; ');
  return `not everybody has a certificate of the new CA: ${who}; wait until they have, or shut them out with --force`;
}

const caMessage = (sha256: string, pem: string) => {
  const { validFromDate, validToDate } = new X509Certificate(pem);
  return {
    sha256,
    beginsAt: timestampFromMs(validFromDate.getTime()),
    endsAt: timestampFromMs(validToDate.getTime()),
  };
};

const leafMessage = (life: CertificateLife) => ({
  issuedAt: timestampFromMs(life.issuedAt),
  endsAt: timestampFromMs(life.endsAt),
  renewsAt: timestampFromMs(renewsAt(life)),
});
