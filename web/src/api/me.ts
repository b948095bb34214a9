/** Who is signed in, and what that person may do. */
import { createContext, useContext } from 'react';
import { type GetMeResponse, Role } from '../../../src/gen/vigo/v1/access_pb.js';

export const MeContext = createContext<GetMeResponse | undefined>(undefined);

export function useMe(): GetMeResponse {
  const me = useContext(MeContext);
  if (!me) throw new Error('nobody is signed in here');
  return me;
}

/** May change things. Others may look. */
export function useIsAdmin(): boolean {
  return useMe().role === Role.ADMIN;
}
