/** Why there are no buttons: who only may look is told so. */
import type { ReactNode } from 'react';
import { useIsAdmin } from '../api/me.ts';
import { Icon } from './icon.tsx';

/** What admins see, or a word for all others. */
export function AdminActions({ children }: { readonly children: ReactNode }) {
  if (useIsAdmin()) return children;
  return (
    <span className="read-only">
      <Icon name="lock" />
      View only: your role is viewer
    </span>
  );
}
