/** One watch over the fleet for the whole page, from signing in to signing out. */
import { Code, ConnectError } from '@connectrpc/connect';
import { useQueryClient } from '@tanstack/react-query';
import { createContext, type ReactNode, useContext, useEffect, useState, useSyncExternalStore } from 'react';
import type { FleetTopic } from '../../../src/gen/vigo/v1/admin_pb.js';
import { type LiveState, startFleetWatch } from '../lib/fleet-watch.ts';
import { useAdmin } from './admin-client.ts';
import { createLiveStore, type LiveStore } from './live-store.ts';
import { createRefresher } from './refresh.ts';

const LiveContext = createContext<LiveStore | undefined>(undefined);

// Browsers slow down hidden pages, and networks drop their connections.
const LONG_HIDDEN_MS = 60_000;

export function LiveProvider({ children }: { readonly children: ReactNode }) {
  const [store] = useState(createLiveStore);
  const admin = useAdmin();
  const client = useQueryClient();
  useEffect(() => {
    const refresher = createRefresher(client);
    const watch = startFleetWatch({
      async *open(signal) {
        // 0: without a limit. Silence is noticed by the watch.
        for await (const { topics } of admin.watchFleet({}, { signal, timeoutMs: 0 })) yield topics;
      },
      onTopics: (topics) => {
        store.noteChange(topics, Date.now());
        refresher.note(topics);
      },
      onState: store.setState,
      isFinal: (error) => ConnectError.from(error).code === Code.Unauthenticated,
      after: (ms, run) => {
        const timer = setTimeout(run, ms);
        return () => clearTimeout(timer);
      },
      random: Math.random,
    });
    const stopReturns = onLongReturn(watch.renew);
    return () => {
      stopReturns();
      refresher.stop();
      watch.stop();
    };
  }, [admin, client, store]);
  return <LiveContext value={store}>{children}</LiveContext>;
}

/** Calls when the page is looked at again after long, or when the network is back. */
function onLongReturn(run: () => void): () => void {
  let hiddenAt: number | undefined;
  const onVisibility = () => {
    if (document.hidden) hiddenAt = Date.now();
    else if (hiddenAt !== undefined && Date.now() - hiddenAt > LONG_HIDDEN_MS) run();
  };
  document.addEventListener('visibilitychange', onVisibility);
  window.addEventListener('online', run);
  return () => {
    document.removeEventListener('visibilitychange', onVisibility);
    window.removeEventListener('online', run);
  };
}

const NOTHING = () => () => {};

export function useLiveState(): LiveState {
  const store = useContext(LiveContext);
  return useSyncExternalStore(store?.subscribe ?? NOTHING, () => store?.state() ?? 'connecting');
}

/** When this part of the fleet last changed, milliseconds since 1970 UTC; 0 if it has not. */
export function useChangedAt(topic: FleetTopic): number {
  const store = useContext(LiveContext);
  return useSyncExternalStore(store?.subscribe ?? NOTHING, () => store?.changedAt(topic) ?? 0);
}
