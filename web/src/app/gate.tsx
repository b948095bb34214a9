/** Lets those in whom the hub knows, shows all others the way to signing in, and those who leave the way out. */
import { Code } from '@connectrpc/connect';
import { useQuery } from '@connectrpc/connect-query';
import { Redirect, useLocation, useSearch } from 'wouter';
import { AdminService } from '../../../src/gen/vigo/v1/admin_pb.js';
import { LeaveContext, useLeaving } from '../api/leave.ts';
import { LiveProvider } from '../api/live-provider.tsx';
import { MeContext } from '../api/me.ts';
import { useSignInMethods } from '../api/use-sign-in-methods.ts';
import { Failure } from '../ui/failure.tsx';
import { Logo } from '../ui/logo.tsx';
import { Shell } from './shell.tsx';

export function Gate() {
  const methods = useSignInMethods();
  const leave = useLeaving();
  // Who is known not to be signed in does not ask: the browser would write the refusal to its console.
  const signedIn = methods.data?.signedIn === true && !leave.leaving;
  const { data: me, error: refusal, refetch } = useQuery(AdminService.method.getMe, {}, { enabled: signedIn });
  const [path] = useLocation();
  const search = useSearch();
  const error = methods.error ?? refusal;
  if (leave.leaving) return <Splash says="Signing out" />;
  if (methods.data?.signedIn === false || refusal?.code === Code.Unauthenticated) {
    const here = search ? `${path}?${search}` : path;
    return <Redirect to={here === '/' ? '/sign-in' : `/sign-in?next=${encodeURIComponent(here)}`} replace />;
  }
  if (me) {
    return (
      <MeContext value={me}>
        <LeaveContext value={leave}>
          <LiveProvider>
            <Shell />
          </LiveProvider>
        </LeaveContext>
      </MeContext>
    );
  }
  return error ? (
    <main className="splash">
      <Failure error={error} onRetry={methods.error ? methods.refetch : refetch} />
    </main>
  ) : (
    <Splash says="Loading" />
  );
}

function Splash({ says }: { readonly says: string }) {
  return (
    <main className="splash">
      <Logo />
      <span className="visually-hidden">{says}</span>
    </main>
  );
}
