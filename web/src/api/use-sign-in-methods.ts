/** How one may sign in here, and whether one is. */
import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import { fetchSignInMethods, type SignInMethods } from './auth.ts';

export function useSignInMethods(): UseQueryResult<SignInMethods, Error> {
  return useQuery({ queryKey: ['sign-in-methods'], queryFn: ({ signal }) => fetchSignInMethods(signal) });
}
