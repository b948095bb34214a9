/** The hub, as a client with a function for each method: for orders and for streams. Questions go through useQuery. */
import { type Client, createClient } from '@connectrpc/connect';
import { useTransport } from '@connectrpc/connect-query';
import { useMemo } from 'react';
import { AdminService } from '../../../src/gen/vigo/v1/admin_pb.js';

export type Admin = Client<typeof AdminService>;

export function useAdmin(): Admin {
  const transport = useTransport();
  return useMemo(() => createClient(AdminService, transport), [transport]);
}
