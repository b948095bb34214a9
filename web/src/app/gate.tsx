/** Lets those in whom the hub knows, and shows all others the way to signing in. */
import { Code } from '@connectrpc/connect';
import { useQuery } from '@connectrpc/connect-query';
import { Redirect, useLocation, useSearch } from 'wouter';
import { AdminService } from '../../../src/gen/vigo/v1/admin_pb.js';
import { LiveProvider } from '../api/live-provider.tsx';
import { MeContext } from '../api/me.ts';
import { Failure } from '../ui/failure.tsx';
import { Logo } from '../ui/logo.tsx';
import { Shell } from './shell.tsx';

export function Gate() {
  const { data: me, error, refetch } = useQuery(AdminService.method.getMe, {});
  const [path] = useLocation();
  const search = useSearch();
  if (error?.code === Code.Unauthenticated) {
    const here = search ? `${path}?${search}` : path;
    return <Redirect to={here === '/' ? '/sign-in' : `/sign-in?next=${encodeURIComponent(here)}`} replace />;
  }
  if (me) {
    return (
      <MeContext value={me}>
        <LiveProvider>
          <Shell />
        </LiveProvider>
      </MeContext>
    );
  }
  return (
    <main className="splash">
      {error ? <Failure error={error} onRetry={refetch} /> : <Logo />}
      {!error && <span className="visually-hidden">Loading</span>}
    </main>
  );
}
