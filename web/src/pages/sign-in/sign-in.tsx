/** The way in: with an API token, or through the identity provider that the hub is configured for. */
import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useEffect, useState } from 'react';
import { useLocation, useSearchParams } from 'wouter';
import { oidcStart, SignInError, signIn } from '../../api/auth.ts';
import { useSignInMethods } from '../../api/use-sign-in-methods.ts';
import { ThemeSwitch } from '../../app/theme-switch.tsx';
import { safeNext } from '../../lib/safe-next.ts';
import { Button, buttonClass } from '../../ui/button.tsx';
import { TextField } from '../../ui/field.tsx';
import { Logo } from '../../ui/logo.tsx';
import { Notice } from '../../ui/notice.tsx';
import './sign-in.css';

export function SignIn() {
  const [params] = useSearchParams();
  const next = safeNext(params.get('next'));
  const methods = useSignInMethods();
  useEffect(() => {
    document.title = 'Sign in · vigocli';
  }, []);
  const { token = true, oidc = null } = methods.data ?? {};
  return (
    <main className="sign-in">
      <div className="sign-in-card">
        <div className="sign-in-brand">
          <Logo />
          <h1>Sign in to vigocli</h1>
        </div>
        {oidc && (
          <a className={buttonClass('primary')} href={oidcStart(next)}>
            Continue with {oidc.name}
          </a>
        )}
        {oidc && token && <p className="sign-in-or">or</p>}
        {token && <TokenForm next={next} first={!oidc} />}
      </div>
      <ThemeSwitch />
    </main>
  );
}

/** `first`: it is the usual way. */
function TokenForm({ next, first }: { readonly next: string; readonly first: boolean }) {
  const [token, setToken] = useState('');
  const [error, setError] = useState<Error | null>(null);
  const [busy, setBusy] = useState(false);
  const [, navigate] = useLocation();
  const client = useQueryClient();

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      await signIn(token.trim());
      // What was answered to somebody else, or to nobody, is of no use.
      client.clear();
      navigate(next, { replace: true });
    } catch (cause) {
      setError(cause instanceof Error ? cause : new Error(String(cause)));
      setBusy(false);
    }
  };

  return (
    <form className="form" onSubmit={(event) => void submit(event)}>
      <TextField
        label="API token"
        name="token"
        type="password"
        autoComplete="current-password"
        required
        value={token}
        onChange={(event) => setToken(event.target.value)}
        hint={
          <>
            As <code>vigocli users create</code> prints it, or the content of <code>admin-token</code> in the hub's data
            directory.
          </>
        }
      />
      {error && (
        <Notice level="critical" title={titleOf(error)}>
          <p>{error.message}</p>
        </Notice>
      )}
      <Button type="submit" look={first ? 'primary' : 'plain'} busy={busy} disabled={token.trim() === ''}>
        Sign in
      </Button>
    </form>
  );
}

function titleOf(error: Error): string {
  if (!(error instanceof SignInError)) return 'The hub does not answer';
  return error.tooMany ? 'Too many tries' : 'Not signed in';
}
