/** What a move would do: asks the hub for a plan, again whenever the order changes. */
import { useQuery } from '@tanstack/react-query';
import type { Move, StartMoveRequest } from '../../../src/gen/vigo/v1/admin_pb.js';
import { useAdmin } from '../api/admin-client.ts';
import { useDebounced } from '../ui/use-debounced.ts';

export type MoveOrder = Pick<StartMoveRequest, 'reason' | 'hostname' | 'from' | 'to'>;

export interface Plan {
  /** Undefined: not known yet, or the order is not complete. */
  readonly move: Move | undefined;
  readonly error: Error | null;
  readonly pending: boolean;
  readonly retry: () => unknown;
}

/** Undefined: something is missing in the order. */
export function usePlan(order: MoveOrder | undefined): Plan {
  const admin = useAdmin();
  const key = JSON.stringify(order ?? null);
  const settled = useDebounced(key);
  const { data, error, isFetching, refetch } = useQuery({
    queryKey: ['plan', settled],
    queryFn: async ({ signal }) => {
      const { move } = await admin.startMove({ ...(JSON.parse(settled) as MoveOrder), dryRun: true }, { signal });
      return move ?? null;
    },
    enabled: settled !== 'null',
    // The fleet changes: a plan is of the moment.
    staleTime: 0,
    gcTime: 0,
    retry: false,
  });
  const isOld = settled !== key || isFetching;
  return {
    move: isOld || error ? undefined : (data ?? undefined),
    error: settled === key ? error : null,
    pending: order !== undefined && isOld,
    retry: refetch,
  };
}
