/** One move, as it goes on: asked for once, then watched until it ends. */

import { create } from '@bufbuild/protobuf';
import { createConnectQueryKey, useQuery, useTransport } from '@connectrpc/connect-query';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { AdminService, GetMoveResponseSchema } from '../../../../src/gen/vigo/v1/admin_pb.js';
import { useAdmin } from '../../api/admin-client.ts';
import { backoff } from '../../lib/backoff.ts';
import { isRunning } from '../../lib/move-text.ts';

const RECONNECT = { baseMs: 1000, capMs: 15_000 };

export function useMove(id: string) {
  const query = useQuery(AdminService.method.getMove, { id });
  const admin = useAdmin();
  const client = useQueryClient();
  const transport = useTransport();
  const running = query.data?.move ? isRunning(query.data.move) : false;
  useEffect(() => {
    if (!running) return;
    const stop = new AbortController();
    const key = createConnectQueryKey({
      schema: AdminService.method.getMove,
      input: { id },
      transport,
      cardinality: 'finite',
    });
    const follow = async () => {
      for (let failures = 1; !stop.signal.aborted; failures++) {
        try {
          for await (const { move } of admin.watchMove({ id }, { signal: stop.signal, timeoutMs: 0 })) {
            failures = 0;
            if (move) client.setQueryData(key, create(GetMoveResponseSchema, { move }));
            if (move && !isRunning(move)) return;
          }
        } catch {
          // The move goes on without us, and the hub may be back in a moment.
        }
        await pause(backoff(RECONNECT, Math.max(1, failures), Math.random()), stop.signal);
      }
    };
    void follow();
    return () => stop.abort();
  }, [running, id, admin, client, transport]);
  return query;
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
