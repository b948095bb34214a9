/**
 * A question over the page. The browser keeps the focus in it, gives it back afterwards, and closes it with Esc.
 *
 * While `busy`, it stays: what was ordered cannot be taken back by closing it.
 */
import { type ReactNode, useEffect, useId, useRef } from 'react';
import { Button } from './button.tsx';

export interface DialogProps {
  readonly title: string;
  readonly onClose: () => void;
  readonly busy?: boolean;
  readonly wide?: boolean;
  /** Buttons at the bottom. */
  readonly actions: ReactNode;
  readonly children: ReactNode;
}

export function Dialog({ title, onClose, busy = false, wide = false, actions, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const element = dialog.current;
    const before = document.activeElement;
    element?.showModal();
    return () => {
      element?.close();
      // What opened it may have gone, as the button of a row that was removed.
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  const close = () => {
    if (!busy) onClose();
  };
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Esc does by key what a click beside it does
    <dialog
      ref={dialog}
      className={`dialog${wide ? ' dialog-wide' : ''}`}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        close();
      }}
      onClick={(event) => {
        if (event.target === dialog.current) close();
      }}
    >
      <div className="dialog-head">
        <h2 id={id}>{title}</h2>
        <Button look="quiet" icon="close" aria-label="Close" onClick={close} disabled={busy} />
      </div>
      <div className="dialog-body">{children}</div>
      <div className="dialog-foot">{actions}</div>
    </dialog>
  );
}
