/** The part of `AdminService` that is about runs. */
import type { ServiceImpl } from '@connectrpc/connect';
import type { AdminService } from '../../../gen/vigo/v1/admin_pb.js';
import type { RunLists } from '../runs/run-lists.ts';

export function createRunAdmin(runs: RunLists): Pick<ServiceImpl<typeof AdminService>, 'listRuns' | 'getRun'> {
  return {
    listRuns: (request, context) => runs.page(request, context.signal),
    getRun: async ({ id }, context) => ({ run: await runs.find(id, context.signal) }),
  };
}
