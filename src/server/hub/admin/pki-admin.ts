/** The part of `AdminService` that is about certificates: how they stand, and another CA. */
import type { ServiceImpl } from '@connectrpc/connect';
import type { AdminService } from '../../../gen/vigo/v1/admin_pb.js';
import type { HubPki } from '../pki/hub-pki.ts';
import type { PkiView } from '../pki/pki-view.ts';

export interface PkiAdminOptions {
  readonly pki: Pick<HubPki, 'beginRotation'>;
  readonly pkiView: PkiView;
}

type Methods = 'getPki' | 'beginCaRotation' | 'finishCaRotation';

export function createPkiAdmin({ pki, pkiView }: PkiAdminOptions): Pick<ServiceImpl<typeof AdminService>, Methods> {
  return {
    async getPki() {
      return { pki: await pkiView.show() };
    },
    async beginCaRotation() {
      await pki.beginRotation();
      return { pki: await pkiView.show() };
    },
    async finishCaRotation({ force }) {
      await pkiView.finish(force);
      return { pki: await pkiView.show() };
    },
  };
}
