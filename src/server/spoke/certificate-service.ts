/** The part of `SpokeService` by which a hub gives a spoke its next certificate. */
import { Code, ConnectError, type ServiceImpl } from '@connectrpc/connect';
import type { SpokeService } from '../../gen/vigo/v1/spoke_pb.js';
import type { OwnCertificate } from './own-certificate.ts';

type Methods = 'requestCertificate' | 'installCertificate';

/** Unimplemented where there is no certificate to be replaced. */
export function createCertificateService(
  certificate: OwnCertificate | undefined,
): Pick<ServiceImpl<typeof SpokeService>, Methods> {
  const own = (): OwnCertificate => {
    if (!certificate) throw new ConnectError('this partition has no certificate of its own', Code.Unimplemented);
    return certificate;
  };
  return {
    requestCertificate: () => own().request(),
    async installCertificate(request) {
      await own().install(request);
      return {};
    },
  };
}
