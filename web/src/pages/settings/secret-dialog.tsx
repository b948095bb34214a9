/** Makes something whose secret is shown only once: a form first, then the secret with a button that copies it. */
import { type ReactNode, useId } from 'react';
import { Button } from '../../ui/button.tsx';
import { CopyLine } from '../../ui/copy-line.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Failure } from '../../ui/failure.tsx';
import { Notice } from '../../ui/notice.tsx';

export interface SecretDialogProps {
  readonly title: string;
  /** What the button of the form says. */
  readonly confirm: string;
  /** The form. */
  readonly children: ReactNode;
  /** Undefined: not made yet. */
  readonly secret: string | undefined;
  /** What to do with it, for people. */
  readonly use: (secret: string) => { readonly text: string; readonly command: string } | undefined;
  readonly busy: boolean;
  readonly error: unknown;
  readonly onSubmit: () => void;
  readonly onClose: () => void;
}

export function SecretDialog(props: SecretDialogProps) {
  const { title, confirm, children, secret, use, busy, error, onSubmit, onClose } = props;
  const form = useId();
  if (secret !== undefined) {
    const next = use(secret);
    return (
      <Dialog
        title={title}
        onClose={onClose}
        actions={
          <Button look="primary" onClick={onClose}>
            I have it
          </Button>
        }
      >
        <Notice level="warning" title="It is shown only here">
          <p>Copy it now. The hub keeps nothing from which it could be shown again.</p>
        </Notice>
        <CopyLine what="the token" text={secret} />
        {next && (
          <>
            <p>{next.text}</p>
            <CopyLine what="the command" text={next.command} />
          </>
        )}
      </Dialog>
    );
  }
  return (
    <Dialog
      title={title}
      onClose={onClose}
      busy={busy}
      actions={
        <>
          <Button onClick={onClose} disabled={busy}>
            Cancel
          </Button>
          <Button type="submit" form={form} look="primary" busy={busy}>
            {confirm}
          </Button>
        </>
      }
    >
      <form
        id={form}
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          onSubmit();
        }}
      >
        {children}
      </form>
      {error !== null && error !== undefined && <Failure error={error} />}
    </Dialog>
  );
}
