/** Gives an order to the hub, and asks again what it has changed: the answer is there before the hub's own news of it. */
import { type UseMutationResult, useMutation, useQueryClient } from '@tanstack/react-query';
import type { FleetTopic } from '../../../src/gen/vigo/v1/admin_pb.js';
import { methodsOf } from '../lib/topic-methods.ts';
import { type Admin, useAdmin } from './admin-client.ts';

export interface ActionOptions<O> {
  /** What it changes. */
  readonly topics?: readonly FleetTopic[];
  readonly onDone?: (result: O) => void;
}

export type Action<I, O> = UseMutationResult<O, Error, I>;

export function useAction<I, O>(
  order: (admin: Admin, input: I) => Promise<O>,
  { topics = [], onDone }: ActionOptions<O> = {},
): Action<I, O> {
  const admin = useAdmin();
  const client = useQueryClient();
  return useMutation<O, Error, I>({
    mutationFn: (input) => order(admin, input),
    onSuccess: (result) => {
      const methods = methodsOf(topics);
      void client.invalidateQueries({
        predicate: ({ queryKey }) => methods.has(String((queryKey[1] as { methodName?: string })?.methodName)),
      });
      onDone?.(result);
    },
  });
}
