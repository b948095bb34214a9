/** What is around every page: navigation, who is signed in, whether the page is live. */
import { useEffect, useRef, useState } from 'react';
import { Link, useLocation } from 'wouter';
import { useMe } from '../api/me.ts';
import { roleWord } from '../lib/words.ts';
import { Button } from '../ui/button.tsx';
import { Logo } from '../ui/logo.tsx';
import { ErrorBoundary } from './error-boundary.tsx';
import { LiveMark } from './live-mark.tsx';
import { Nav } from './nav.tsx';
import { Routes } from './routes.tsx';
import { ThemeSwitch } from './theme-switch.tsx';

export function Shell() {
  const me = useMe();
  const [path] = useLocation();
  const [open, setOpen] = useState(false);
  const main = useArrival(path);
  return (
    <div className="shell">
      <a className="skip-link" href="#main">
        Skip to the page
      </a>
      <header className="side" data-open={open || undefined}>
        <Link href="/" className="brand">
          <Logo />
          vigocli
        </Link>
        <Button
          className="menu-button"
          look="quiet"
          icon={open ? 'close' : 'menu'}
          aria-label="Menu"
          aria-expanded={open}
          aria-controls="pages"
          onClick={() => setOpen(!open)}
        />
        <Nav onChoose={() => setOpen(false)} />
        <div className="side-foot">
          <LiveMark />
          <div className="who">
            <Link href="/settings" onClick={() => setOpen(false)}>
              <span className="who-name">{me.name}</span>
              {roleWord(me.role)}
            </Link>
            <ThemeSwitch />
          </div>
        </div>
      </header>
      <main className="page" id="main" ref={main} tabIndex={-1}>
        <ErrorBoundary key={path}>
          <Routes />
        </ErrorBoundary>
      </main>
    </div>
  );
}

/** A new page begins at its top, for eyes, keyboard and screen reader alike; going back does not move anything. */
function useArrival(path: string) {
  const main = useRef<HTMLElement>(null);
  const known = useRef(path);
  const returning = useRef(false);
  useEffect(() => {
    const onReturn = () => {
      returning.current = true;
    };
    window.addEventListener('popstate', onReturn);
    return () => window.removeEventListener('popstate', onReturn);
  }, []);
  useEffect(() => {
    if (known.current === path) return;
    known.current = path;
    main.current?.focus({ preventScroll: true });
    if (!returning.current) window.scrollTo(0, 0);
    returning.current = false;
  }, [path]);
  return main;
}
