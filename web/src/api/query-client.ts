/** Keeps answers of the hub, and asks again when the hub says that they are old. */
import { ConnectError } from '@connectrpc/connect';
import { QueryClient } from '@tanstack/react-query';
import { errorText } from '../lib/error-text.ts';

// What has changed is said by WatchFleet; this is for the time without it.
const STALE_MS = 30_000;
const RETRIES = 2;

export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: STALE_MS,
        retry: (failures, error) => failures < RETRIES && errorText(ConnectError.from(error)).retryable,
        // The browser's idea of being online says nothing about the hub on the local network.
        networkMode: 'always',
      },
      mutations: { networkMode: 'always' },
    },
  });
}
