/** Who is signed in here, and the way out. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useLocation } from 'wouter';
import { signOut } from '../../api/auth.ts';
import { useMe } from '../../api/me.ts';
import { roleWord } from '../../lib/words.ts';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { Facts } from '../../ui/facts.tsx';
import { Failure } from '../../ui/failure.tsx';
import { Time } from '../../ui/time.tsx';

const CREDENTIALS: Record<string, string> = {
  session: 'a session on the web',
  token: 'an API token',
  'admin-token': "the server's own admin token",
};

export function Account() {
  const me = useMe();
  const client = useQueryClient();
  const [, navigate] = useLocation();
  const leave = useMutation({
    mutationFn: signOut,
    onSuccess: () => {
      navigate('/sign-in', { replace: true });
      client.clear();
    },
  });
  return (
    <Card
      title="Your account"
      actions={
        <Button small icon="leave" busy={leave.isPending} onClick={() => leave.mutate()}>
          Sign out
        </Button>
      }
    >
      <div className="stack">
        {leave.error && <Failure error={leave.error} what="You are still signed in" onRetry={() => leave.mutate()} />}
        <Facts
          facts={[
            ['Name', <strong>{me.name}</strong>],
            ['Role', me.role === 0 ? '' : roleWord(me.role)],
            ['Known by', CREDENTIALS[me.credential] ?? me.credential],
            ['Ends', me.expiresAt && <Time at={me.expiresAt} />],
            ['Server', `${me.serverHostname} (${me.serverRole}, version ${me.serverVersion})`],
          ]}
        />
      </div>
    </Card>
  );
}
