/**
 * I7 and I8: whatever is broken, a hub that runs lists every envoy exactly once, says which answers are missing, and does so in
 * time. An answer counts if nothing was done to the hub while it was asked.
 */
import { messageOf } from '../../../src/fleet/errors.ts';
import type { ListEnvoysResponse } from '../../../src/gen/vigo/v1/admin_pb.js';
import { systemClock } from '../../../src/platform/clock.ts';
import { FANOUT_MS } from '../fleet/chaos-config.ts';
import type { Watched } from './watched.ts';

export interface ListWatch {
  look(): Promise<void>;
}

// Two busy cores are shared by forty processes: this tells a hub that waits for a dead spoke from one that is short of CPU.
const SLACK_MS = 10_000;
/** By turns: all in one, and page by page. */
const LIMITS = [1_000, 1_000, 7];

export function createListWatch({ fleet, violations, tally }: Watched): ListWatch {
  const hub = fleet.server('hub').process;
  const expected = fleet.agents.map((agent) => agent.hostname).sort();
  let turn = 0;

  const checkPage = ({ envoys, total, complete, warnings }: ListEnvoysResponse): void => {
    // Rows that came before a spoke fell silent are its own; the warning says how many there were.
    const own = new Map(
      warnings.map(({ spoke, message }) => [spoke, Number(/after (\d+) rows$/.exec(message)?.[1] ?? 0)]),
    );
    if (total !== expected.length) violations.add('I7: total of a list', `${total} instead of ${expected.length}`);
    if (complete !== (warnings.length === 0))
      violations.add(
        'I7: a list is not honest about its completeness',
        `complete ${complete}, ${warnings.length} warnings`,
      );
    const fresh = envoys.filter((envoy) => own.has(envoy.spoke) && !envoy.stale);
    const freshOn = (spoke: string) => fresh.filter((envoy) => envoy.spoke === spoke).length;
    if ([...own].some(([spoke, rows]) => freshOn(spoke) > rows))
      violations.add(
        'I7: rows of a spoke that did not answer are not marked stale',
        `${fresh.map((envoy) => `${envoy.hostname} on ${envoy.spoke}`).join(', ')}; ${warnings.map(({ spoke, code, message }) => `${spoke} ${code} (${message})`)}`,
      );
    tally.checked('rows of lists (I7)', envoys.length);
    if (!complete) tally.checked('lists that were incomplete, and said so');
  };

  const timed = async <T>(call: () => Promise<T>): Promise<T> => {
    const begun = systemClock.monotonic();
    const before = hub.disturbances;
    const answer = await call();
    const took = systemClock.monotonic() - begun;
    if (before === hub.disturbances) {
      tally.highest('slowest list, ms', Math.round(took));
      if (took > FANOUT_MS + SLACK_MS) violations.add('I8: a list took too long', `${Math.round(took)} ms`);
    }
    return answer;
  };

  const listAll = async (limit: number): Promise<void> => {
    const names: string[] = [];
    for (let cursor = ''; ; ) {
      const page = await timed(() => fleet.admin.listEnvoys({ limit, cursor }, { timeoutMs: 30_000 }));
      checkPage(page);
      names.push(...page.envoys.map((envoy) => envoy.hostname));
      if (page.nextCursor === '') break;
      cursor = page.nextCursor;
    }
    if (names.sort().join(' ') !== expected.join(' '))
      violations.add('I7: a list does not show everybody once', difference(expected, names));
    tally.checked('lists (I7, I8)');
  };

  return {
    async look() {
      if (hub.state !== 'up') return;
      const before = hub.disturbances;
      const limit = LIMITS[turn++ % LIMITS.length] as number;
      try {
        await listAll(limit);
        const { spokes } = await timed(() => fleet.admin.getSpannerStatus({}, { timeoutMs: 30_000 }));
        const counted = spokes.reduce((sum, spoke) => sum + spoke.envoyCount, 0);
        if (counted !== expected.length) violations.add('I1: envoys of all spokes', `${counted}`);
      } catch (error) {
        if (before === hub.disturbances) violations.add('I7: the hub runs and does not list', messageOf(error));
        else tally.checked('lists that the end of the hub cut off');
      }
    },
  };
}

function difference(expected: readonly string[], found: readonly string[]): string {
  const missing = expected.filter((name) => !found.includes(name));
  const doubled = found.filter((name, i) => found.indexOf(name) !== i);
  return `missing: ${missing.join(' ') || 'nobody'}; doubled: ${doubled.join(' ') || 'nobody'}`;
}
