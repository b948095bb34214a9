/** A clock for everything on the page that says how long ago something was: one timer for all. */
import { createContext, type ReactNode, useContext, useEffect, useState } from 'react';

const EVERY_MS = 5000;
const NowContext = createContext(0);

export function NowProvider({ children }: { readonly children: ReactNode }) {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  return <NowContext value={now}>{children}</NowContext>;
}

/** Milliseconds since 1970 UTC, a few seconds old at most. */
export function useNow(): number {
  return useContext(NowContext);
}
