/** Signing out: the pages go first, so that nothing is asked any more of a hub that will not know who asks. */
import { useQueryClient } from '@tanstack/react-query';
import { createContext, useContext, useState } from 'react';
import { flushSync } from 'react-dom';
import { useLocation } from 'wouter';
import { signOut } from './auth.ts';

export interface Leave {
  readonly leaving: boolean;
  /** Why the last try failed: one is still signed in. */
  readonly error: unknown;
  readonly leave: () => Promise<void>;
}

export const LeaveContext = createContext<Leave | undefined>(undefined);

export function useLeave(): Leave {
  const leave = useContext(LeaveContext);
  if (!leave) throw new Error('nobody is signed in here');
  return leave;
}

/** For what decides whether there are pages at all: while `leaving` there must be none. */
export function useLeaving(): Leave {
  const client = useQueryClient();
  const [, navigate] = useLocation();
  const [leaving, setLeaving] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const leave = async (): Promise<void> => {
    flushSync(() => {
      setLeaving(true);
      setError(null);
    });
    try {
      await signOut();
      navigate('/sign-in', { replace: true });
      client.clear();
    } catch (failure) {
      setError(failure);
      setLeaving(false);
    }
  };
  return { leaving, error, leave };
}
