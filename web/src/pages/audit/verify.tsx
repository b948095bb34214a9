/** Looks through the whole log for entries that were edited, taken out or put elsewhere. */
import { useMutation } from '@tanstack/react-query';
import { useAdmin } from '../../api/admin-client.ts';
import { counted } from '../../lib/numbers.ts';
import { Button } from '../../ui/button.tsx';
import { CopyLine } from '../../ui/copy-line.tsx';
import { Failure } from '../../ui/failure.tsx';
import { Notice } from '../../ui/notice.tsx';

// A log of millions takes its time.
const TIMEOUT_MS = 120_000;

type Verify = ReturnType<typeof useVerify>;

export function useVerify() {
  const admin = useAdmin();
  return useMutation({ mutationFn: () => admin.verifyAudit({}, { timeoutMs: TIMEOUT_MS }) });
}

export function VerifyButton({ verify }: { readonly verify: Verify }) {
  return (
    <Button icon="check" busy={verify.isPending} onClick={() => verify.mutate()}>
      Verify the log
    </Button>
  );
}

export function VerifyResult({ verify: { data, error, mutate } }: { readonly verify: Verify }) {
  if (error) return <Failure error={error} what="The log could not be verified" onRetry={() => mutate()} />;
  if (!data) return null;
  if (!data.intact) {
    return (
      <Notice level="critical" title={`The log does not fit at entry ${data.firstBad}`}>
        <p>{data.problem}</p>
        <p>Entries before it fit. Compare with a copy that was made earlier.</p>
      </Notice>
    );
  }
  return (
    <Notice level="done" title={`Intact: ${counted(data.entries, 'entry', 'entries')} fit each other`}>
      <p>
        None was edited, taken out or put elsewhere. Keep the newest hash in another place: it shows later whether the
        end of the log was cut off.
      </p>
      {data.head && <CopyLine what="the newest hash" text={data.head} />}
    </Notice>
  );
}
