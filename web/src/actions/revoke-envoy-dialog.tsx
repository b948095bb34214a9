/** Takes an envoy its identity away; its host name has to be typed, because this cannot be undone. */
import { useState } from 'react';
import { FleetTopic } from '../../../src/gen/vigo/v1/admin_pb.js';
import type { Envoy } from '../../../src/gen/vigo/v1/types_pb.js';
import { useAction } from '../api/use-action.ts';
import { Button } from '../ui/button.tsx';
import { ConfirmDialog } from '../ui/confirm-dialog.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Notice } from '../ui/notice.tsx';

export interface RevokeEnvoyDialogProps {
  readonly envoy: Envoy;
  /** It is revoked, and the person has read what came of it. */
  readonly onRevoked: () => void;
  readonly onClose: () => void;
}

export function RevokeEnvoyDialog({ envoy, onRevoked, onClose }: RevokeEnvoyDialogProps) {
  const [delivered, setDelivered] = useState<boolean>();
  const revoke = useAction((admin, id: string) => admin.revokeEnvoy({ envoy: id }), {
    topics: [FleetTopic.ENVOYS],
    onDone: (result) => (result.delivered ? onRevoked() : setDelivered(false)),
  });
  if (delivered === false) {
    return (
      <Dialog
        title={`${envoy.hostname} is revoked`}
        onClose={onRevoked}
        actions={
          <Button look="primary" onClick={onRevoked}>
            To the envoys
          </Button>
        }
      >
        <Notice level="warning" title="Its spoke does not answer now">
          <p>It is told as soon as it does, before it serves again.</p>
        </Notice>
      </Dialog>
    );
  }
  return (
    <ConfirmDialog
      title={`Revoke ${envoy.hostname}`}
      confirm="Revoke this envoy"
      look="danger"
      typed={envoy.hostname}
      busy={revoke.isPending}
      error={revoke.error}
      onConfirm={() => revoke.mutate(envoy.id)}
      onClose={onClose}
    >
      <p>
        Takes the envoy its identity away, for good. From then on its check-ins are refused; what its last configuration
        did on the machine stays. The machine can become a new envoy with a new enrolment token.
      </p>
    </ConfirmDialog>
  );
}
