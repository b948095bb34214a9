/** Asks before something happens that cannot simply be undone. What goes wrong is said in the dialog, which stays. */
import { type ReactNode, useState } from 'react';
import { Button, type ButtonProps } from './button.tsx';
import { Dialog } from './dialog.tsx';
import { Failure } from './failure.tsx';
import { TextField } from './field.tsx';

export interface ConfirmDialogProps {
  readonly title: string;
  /** What will happen. */
  readonly children: ReactNode;
  /** What the button says. */
  readonly confirm: string;
  readonly look?: ButtonProps['look'];
  /** Has to be typed first: for what cannot be undone at all. */
  readonly typed?: string;
  readonly disabled?: boolean;
  readonly wide?: boolean;
  readonly busy: boolean;
  readonly error: unknown;
  readonly onConfirm: () => void;
  readonly onClose: () => void;
}

export function ConfirmDialog(props: ConfirmDialogProps) {
  const { title, children, confirm, look = 'primary', typed, disabled, wide, busy, error, onConfirm, onClose } = props;
  const [text, setText] = useState('');
  const agreed = typed === undefined || text.trim() === typed;
  return (
    <Dialog
      title={title}
      onClose={onClose}
      busy={busy}
      wide={wide ?? false}
      actions={
        <>
          <Button onClick={onClose} disabled={busy}>
            Cancel
          </Button>
          <Button look={look} busy={busy} disabled={!agreed || disabled} onClick={onConfirm}>
            {confirm}
          </Button>
        </>
      }
    >
      {children}
      {typed !== undefined && (
        <TextField label={`Type ${typed} to confirm`} value={text} onChange={(event) => setText(event.target.value)} />
      )}
      {error !== null && error !== undefined && <Failure error={error} />}
    </Dialog>
  );
}
