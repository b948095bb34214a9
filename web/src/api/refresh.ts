/** Asks again what topics of the hub are about: at once, and then at most every two seconds. */
import type { Query, QueryClient } from '@tanstack/react-query';
import type { FleetTopic } from '../../../src/gen/vigo/v1/admin_pb.js';
import { methodsOf } from '../lib/topic-methods.ts';

// In a large fleet something changes all the time.
const EVERY_MS = 2000;
/** Longer lists are not fetched anew behind the back of who reads them; the page offers it. */
export const LIVE_PAGES = 3;

export interface Refresher {
  readonly note: (topics: readonly FleetTopic[]) => void;
  readonly stop: () => void;
}

export function createRefresher(client: QueryClient): Refresher {
  const noted = new Set<FleetTopic>();
  let timer: ReturnType<typeof setTimeout> | undefined;

  const refresh = (): void => {
    timer = undefined;
    if (noted.size === 0) return;
    const methods = methodsOf([...noted]);
    const concerned = (query: Query): boolean => methods.has(methodOf(query)) && !isLong(query);
    // A question that is on its way may miss what has just changed, and must not be asked from the beginning for ever.
    const underWay = client.isFetching({ predicate: concerned }) > 0;
    if (!underWay) noted.clear();
    const free = (query: Query): boolean => concerned(query) && query.state.fetchStatus !== 'fetching';
    void client.invalidateQueries({ predicate: free });
    timer = setTimeout(refresh, EVERY_MS);
  };

  return {
    note: (topics) => {
      for (const topic of topics) noted.add(topic);
      timer ??= setTimeout(refresh, 0);
    },
    stop: () => clearTimeout(timer),
  };
}

/** Of a key of connect-query. */
function methodOf({ queryKey }: Query): string {
  const [, about] = queryKey;
  return typeof about === 'object' && about !== null && 'methodName' in about ? String(about.methodName) : '';
}

function isLong({ state: { data } }: Query): boolean {
  const pages = typeof data === 'object' && data !== null && 'pages' in data ? data.pages : undefined;
  return Array.isArray(pages) && pages.length > LIVE_PAGES;
}
