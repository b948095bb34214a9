/** Calls to a hub that a benchmark has started. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Client, createClient } from '@connectrpc/connect';
import { AdminService } from '../../src/gen/vigo/v1/admin_pb.js';
import { createApiTransport } from '../../src/rpc/api-transport.ts';
import type { BenchContext } from './benchmark.ts';
import type { BenchFleet } from './fleet.ts';
import type { RunningServer } from './processes.ts';

export async function connectToHub(
  context: BenchContext,
  fleet: BenchFleet,
  hub: RunningServer,
): Promise<Client<typeof AdminService>> {
  const token = (await readFile(join(fleet.dirOf('hub'), 'admin-token'), 'utf8')).trim();
  const url = `https://${hub.ready.api}`;
  const api = createApiTransport({ url, token, caPem: fleet.ca.certPem, timeoutMs: 120_000 });
  context.cleanup.defer(() => api.close());
  return createClient(AdminService, api.transport);
}
