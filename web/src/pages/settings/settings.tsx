/** Who one is, what this fleet may do, and who else may do what. */
import { useIsAdmin } from '../../api/me.ts';
import { PageHead } from '../../ui/page-head.tsx';
import { AdminActions } from '../../ui/read-only.tsx';
import { Account } from './account.tsx';
import { Certificates } from './certificates.tsx';
import { EnrolmentTokens } from './enrolment-tokens.tsx';
import { JoinToken } from './join-token.tsx';
import { License } from './license.tsx';
import { Notifications } from './notifications.tsx';
import { Sessions } from './sessions.tsx';
import { Users } from './users.tsx';

export function Settings() {
  const admin = useIsAdmin();
  return (
    <>
      <PageHead title="Settings" actions={<AdminActions>{null}</AdminActions>} />
      <div className="stack">
        <div className="columns columns-even">
          <Account />
          <License />
        </div>
        <Certificates />
        {admin && (
          <>
            <EnrolmentTokens />
            <JoinToken />
            <Users />
            <Sessions />
            <Notifications />
          </>
        )}
      </div>
    </>
  );
}
