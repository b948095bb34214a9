/** Lists the fleet without a pause, as a watchful operator would, and notes every list in which an envoy is missing or doubled. */
import type { Client } from '@connectrpc/connect';
import type { EnvoyListJson } from '../../src/cli/json/envoy.ts';
import { messageOf } from '../../src/fleet/errors.ts';
import type { AdminService } from '../../src/gen/vigo/v1/admin_pb.js';
import { sleep, systemClock } from '../../src/platform/clock.ts';

export interface ListPollerOptions {
  readonly admin: Client<typeof AdminService>;
  /** One list by the real command. */
  readonly cli: () => Promise<EnvoyListJson>;
  /** Who must be in every list, once. */
  readonly hostnames: readonly string[];
}

export interface ListPoller {
  /** Ends it. Throws if a list was wrong, or if there were too few to say anything. */
  stop(): Promise<{ readonly lists: number; readonly cliLists: number }>;
}

const EVERY_MS = 50;
const CLI_EVERY_MS = 1_000;

export function startListPoller({ admin, cli, hostnames }: ListPollerOptions): ListPoller {
  const expected = [...hostnames].sort().join(' ');
  const stopping = new AbortController();
  const faults: string[] = [];
  const counts = { lists: 0, cliLists: 0 };

  const look = async (count: keyof typeof counts, everyMs: number, list: () => Promise<ListLike>): Promise<void> => {
    while (!stopping.signal.aborted) {
      try {
        const { envoys, total } = await list();
        const found = envoys.map((envoy) => envoy.hostname).sort();
        if (found.join(' ') !== expected || total !== hostnames.length) {
          faults.push(`${count} ${counts[count]}: total ${total}, rows ${found.join(' ')}`);
        }
      } catch (error) {
        faults.push(`${count} ${counts[count]} failed: ${messageOf(error)}`);
      }
      counts[count]++;
      await sleep(systemClock, everyMs, stopping.signal);
    }
  };
  const loops = [
    look('lists', EVERY_MS, () => admin.listEnvoys({ limit: 1_000 })),
    look('cliLists', CLI_EVERY_MS, cli),
  ];

  return {
    async stop() {
      stopping.abort();
      await Promise.all(loops);
      if (faults.length > 0)
        throw new Error(`${faults.length} of ${counts.lists} lists are wrong:\n${faults.join('\n')}`);
      if (counts.lists < 5 || counts.cliLists < 1) throw new Error(`too few lists: ${JSON.stringify(counts)}`);
      return counts;
    },
  };
}

/** Polls while `work` runs. Rejects with what `work` fails with, or with what was wrong with a list. */
export async function pollingLists(options: ListPollerOptions, work: () => Promise<void>): Promise<void> {
  const poller = startListPoller(options);
  try {
    await work();
  } catch (error) {
    await poller.stop().catch(() => undefined);
    throw error;
  }
  await poller.stop();
}

interface ListLike {
  readonly envoys: readonly { readonly hostname: string }[];
  readonly total: number;
}
