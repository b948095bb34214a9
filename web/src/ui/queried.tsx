/** What a question shows at each stage: a placeholder, what went wrong, or the answer, under what went wrong since. */
import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Failure } from './failure.tsx';
import { SkeletonRows } from './skeleton.tsx';

export interface QueriedProps<T> {
  readonly query: Pick<UseQueryResult<T, Error>, 'data' | 'error' | 'refetch'>;
  /** What was asked for, for the failure: "The spokes cannot be shown". */
  readonly what: string;
  /** Default: some rows. */
  readonly placeholder?: ReactNode;
  readonly children: (data: T) => ReactNode;
}

export function Queried<T>({ query, what, placeholder, children }: QueriedProps<T>) {
  const { data, error, refetch } = query;
  if (data === undefined) {
    if (!error) return placeholder ?? <SkeletonRows rows={6} />;
    return <Failure error={error} what={what} onRetry={refetch} />;
  }
  return (
    <>
      {error && <Failure error={error} what="What is shown may be old" onRetry={refetch} />}
      {children(data)}
    </>
  );
}
