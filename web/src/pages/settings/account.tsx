/** Who is signed in here, and the way out. */
import { useLeave } from '../../api/leave.ts';
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
  const { leave, error } = useLeave();
  return (
    <Card
      title="Your account"
      actions={
        <Button small icon="leave" onClick={() => void leave()}>
          Sign out
        </Button>
      }
    >
      <div className="stack">
        {error !== null && <Failure error={error} what="You are still signed in" onRetry={leave} />}
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
