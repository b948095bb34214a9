/** A connection to a hub's or a standalone server's `AdminService`, as the commands of its own host have it. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Client, createClient } from '@connectrpc/connect';
import { AdminService } from '../../src/gen/vigo/v1/admin_pb.js';
import { createApiTransport } from '../../src/rpc/api-transport.ts';

export interface AdminConnection {
  readonly client: Client<typeof AdminService>;
  close(): void;
}

export interface ApiServer {
  readonly dataDir: string;
  readonly ports: { readonly api: number };
}

export async function connectAdmin({ dataDir, ports }: ApiServer): Promise<AdminConnection> {
  const [token, caPem] = await Promise.all([
    readFile(join(dataDir, 'admin-token'), 'utf8'),
    readFile(join(dataDir, 'tls/ca.pem'), 'utf8'),
  ]);
  const { transport, close } = createApiTransport({
    url: `https://127.0.0.1:${ports.api}`,
    caPem,
    token: token.trim(),
    timeoutMs: 10_000,
  });
  return { client: createClient(AdminService, transport), close };
}
