/** The web UI as a whole: the hub's answers, the clock, and either signing in or the pages. */
import { createConnectQueryKey, TransportProvider } from '@connectrpc/connect-query';
import { QueryClientProvider } from '@tanstack/react-query';
import { useState } from 'react';
import { Route, Switch } from 'wouter';
import { AdminService } from '../../../src/gen/vigo/v1/admin_pb.js';
import { createQueryClient } from '../api/query-client.ts';
import { createHubTransport } from '../api/transport.ts';
import { SignIn } from '../pages/sign-in/sign-in.tsx';
import { NowProvider } from '../ui/now.tsx';
import { ErrorBoundary } from './error-boundary.tsx';
import { Gate } from './gate.tsx';

const { getMe } = AdminService.method;

function createHub() {
  const client = createQueryClient();
  const transport = createHubTransport({
    onUnauthenticated: (method) => {
      // The gate asks who is signed in, hears that nobody is, and shows the way in.
      if (method === getMe.name) return;
      void client.invalidateQueries({ queryKey: createConnectQueryKey({ schema: getMe, cardinality: 'finite' }) });
    },
  });
  return { client, transport };
}

export function App() {
  const [{ client, transport }] = useState(createHub);
  return (
    <ErrorBoundary>
      <TransportProvider transport={transport}>
        <QueryClientProvider client={client}>
          <NowProvider>
            <Switch>
              <Route path="/sign-in">
                <SignIn />
              </Route>
              <Route>
                <Gate />
              </Route>
            </Switch>
          </NowProvider>
        </QueryClientProvider>
      </TransportProvider>
    </ErrorBoundary>
  );
}
