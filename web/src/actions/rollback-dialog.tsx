/** Takes the fleet back to a version: shows what that changes, and then how it went with each spoke. */
import { useState } from 'react';
import { type ConfigVersion, FleetTopic, type PublishedConfig } from '../../../src/gen/vigo/v1/admin_pb.js';
import { useAction } from '../api/use-action.ts';
import { shortVersion } from '../lib/short-version.ts';
import { Button } from '../ui/button.tsx';
import { ConfigDiff } from '../ui/config-diff.tsx';
import { ConfirmDialog } from '../ui/confirm-dialog.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { TextField } from '../ui/field.tsx';
import { Notice } from '../ui/notice.tsx';
import { SyncTable } from './sync-table.tsx';

export interface RollbackDialogProps {
  readonly version: ConfigVersion;
  /** What the fleet has now; undefined if nothing is published. */
  readonly current: ConfigVersion | undefined;
  readonly onClose: () => void;
}

// A hub waits a minute for the slowest spoke.
const TIMEOUT_MS = 120_000;

export function RollbackDialog({ version, current, onClose }: RollbackDialogProps) {
  const [message, setMessage] = useState('');
  const [published, setPublished] = useState<PublishedConfig>();
  const rollback = useAction(
    (admin, to: string) => admin.rollbackConfig({ version: to, message }, { timeoutMs: TIMEOUT_MS }),
    { topics: [FleetTopic.CONFIG], onDone: (result) => setPublished(result.published) },
  );
  const short = shortVersion(version.version);
  if (published) return <Outcome published={published} onClose={onClose} />;
  return (
    <ConfirmDialog
      title={`Roll back to ${short}`}
      confirm={`Take the whole fleet back to ${short}`}
      look="danger"
      wide
      busy={rollback.isPending}
      error={rollback.error}
      onConfirm={() => rollback.mutate(version.version)}
      onClose={onClose}
    >
      <p>
        Takes the whole fleet{current && `, which has ${shortVersion(current.version)},`} back to version {short}
        {version.message && `: “${version.message}”`}. Each envoy applies it with its next run. This is what changes:
      </p>
      <ConfigDiff from={current?.version ?? ''} to={version.version} />
      <TextField
        label="Message, for the history"
        placeholder="sshd was locked out"
        value={message}
        onChange={(event) => setMessage(event.target.value)}
      />
    </ConfirmDialog>
  );
}

function Outcome({ published, onClose }: { readonly published: PublishedConfig; readonly onClose: () => void }) {
  const short = shortVersion(published.version?.version ?? '');
  return (
    <Dialog
      title={published.unchanged ? 'Nothing to do' : 'Rolled back'}
      onClose={onClose}
      actions={
        <Button look="primary" onClick={onClose}>
          Done
        </Button>
      }
    >
      <Notice
        level="done"
        title={published.unchanged ? `${short} is what the fleet has already` : `The fleet has version ${short} now`}
      />
      <SyncTable spokes={published.spokes} />
    </Dialog>
  );
}
