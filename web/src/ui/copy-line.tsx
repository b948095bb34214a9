/** Something to be taken elsewhere: a command, a token. */
import { useState } from 'react';
import { Button } from './button.tsx';

export interface CopyLineProps {
  readonly text: string;
  /** What it is: "the token". */
  readonly what: string;
}

const SAID_FOR_MS = 2500;

export function CopyLine({ text, what }: CopyLineProps) {
  const [said, setSaid] = useState('');
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setSaid('Copied');
    } catch {
      setSaid('Copy it by hand');
    }
    setTimeout(() => setSaid(''), SAID_FOR_MS);
  };
  return (
    <div className="copy-line">
      <code>{text}</code>
      <Button
        small
        look="quiet"
        icon={said === 'Copied' ? 'check' : 'copy'}
        onClick={() => void copy()}
        aria-label={`Copy ${what}`}
      >
        <span aria-live="polite">{said || 'Copy'}</span>
      </Button>
    </div>
  );
}
