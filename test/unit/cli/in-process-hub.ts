/** A hub whose AdminService runs in the test's own process. */
import { createRouterTransport, type ServiceImpl } from '@connectrpc/connect';
import { createHub, type Hub } from '../../../src/cli/hub-client.ts';
import { AdminService } from '../../../src/gen/vigo/v1/admin_pb.js';

export function createInProcessHub(implementation: Partial<ServiceImpl<typeof AdminService>>): Hub {
  const transport = createRouterTransport(({ service }) => service(AdminService, implementation));
  return createHub(
    {
      unary: transport.unary,
      // Without deadlines: the in-memory server keeps the timer of a stream that is left early, and with it the process.
      stream: (method, signal, _timeoutMs, ...rest) => transport.stream(method, signal, undefined, ...rest),
    },
    'https://hub.example.com:8443',
    () => {},
  );
}
