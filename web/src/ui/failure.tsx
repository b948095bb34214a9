/** What went wrong, instead of what should be there, and a way to try again. */
import { errorText } from '../lib/error-text.ts';
import { Button } from './button.tsx';
import { Notice } from './notice.tsx';

export interface FailureProps {
  readonly error: unknown;
  /** What was asked for: "The envoys cannot be shown". */
  readonly what?: string;
  readonly onRetry?: (() => unknown) | undefined;
}

export function Failure({ error, what, onRetry }: FailureProps) {
  const { title, message, code } = errorText(error);
  return (
    <Notice
      level="critical"
      title={what ? `${what}: ${title.toLowerCase()}` : title}
      action={
        onRetry && (
          <Button small icon="repeat" onClick={() => void onRetry()}>
            Try again
          </Button>
        )
      }
    >
      <p>
        {message} {code && <code className="muted">{code}</code>}
      </p>
    </Notice>
  );
}
