/** Takes back a token, a user, or a session. */
import type { ReactNode } from 'react';
import type { FleetTopic } from '../../../../src/gen/vigo/v1/admin_pb.js';
import type { Admin } from '../../api/admin-client.ts';
import { useAction } from '../../api/use-action.ts';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';

export interface RevokeDialogProps {
  readonly title: string;
  readonly confirm: string;
  readonly order: (admin: Admin) => Promise<unknown>;
  readonly topics: readonly FleetTopic[];
  /** What comes of it. */
  readonly children: ReactNode;
  readonly onClose: () => void;
}

export function RevokeDialog({ title, confirm, order, topics, children, onClose }: RevokeDialogProps) {
  const action = useAction<void, unknown>((admin) => order(admin), { topics, onDone: onClose });
  return (
    <ConfirmDialog
      title={title}
      confirm={confirm}
      look="danger"
      busy={action.isPending}
      error={action.error}
      onConfirm={() => action.mutate()}
      onClose={onClose}
    >
      <p>{children}</p>
    </ConfirmDialog>
  );
}
