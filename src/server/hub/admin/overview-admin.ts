/** The part of `AdminService` that shows the fleet as a whole, now and over time. */
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { ServiceImpl } from '@connectrpc/connect';
import { VigoError } from '../../../fleet/errors.ts';
import { type AdminService, FleetTopic as TopicCode } from '../../../gen/vigo/v1/admin_pb.js';
import { complianceMessage } from '../../../rpc/status-codes.ts';
import { type FleetHistory, KEPT_SECONDS } from '../overview/fleet-history.ts';
import { type OverviewOptions, readOverview } from '../overview/overview.ts';
import type { FleetTopic } from '../watch/fleet-signals.ts';
import { type WatchFleetOptions, watchFleet } from '../watch/watch-fleet.ts';

export interface OverviewAdminOptions extends OverviewOptions, WatchFleetOptions {
  readonly history: Pick<FleetHistory, 'read'>;
}

const DEFAULT_SECONDS = 24 * 60 * 60;
const DEFAULT_POINTS = 120;
const MAX_POINTS = 1_000;

const TOPICS: Record<FleetTopic, TopicCode> = {
  spokes: TopicCode.SPOKES,
  moves: TopicCode.MOVES,
  envoys: TopicCode.ENVOYS,
  config: TopicCode.CONFIG,
  audit: TopicCode.AUDIT,
  access: TopicCode.ACCESS,
};

type Methods = 'getOverview' | 'getFleetHistory' | 'watchFleet';

export function createOverviewAdmin(options: OverviewAdminOptions): Pick<ServiceImpl<typeof AdminService>, Methods> {
  const { links, monitor, history } = options;
  return {
    async getOverview() {
      await Promise.all(links.all.map(({ spec }) => monitor.known(spec.id)));
      return readOverview(options);
    },
    async getFleetHistory({ spoke, seconds, points }) {
      if (spoke !== '') links.get(spoke);
      if (seconds > KEPT_SECONDS)
        throw new VigoError('INVALID_ARGUMENT', `seconds is ${seconds}: at most ${KEPT_SECONDS} (7 days) are kept`);
      const wish = { seconds: seconds || DEFAULT_SECONDS, points: Math.min(points || DEFAULT_POINTS, MAX_POINTS) };
      const read = await history.read({ ...wish, spoke: spoke || undefined });
      return {
        points: read.map(({ at, compliance, latencyMs }) => ({
          at: timestampFromMs(at),
          compliance: complianceMessage(compliance),
          latencyMs,
        })),
      };
    },
    async *watchFleet(_request, context) {
      for await (const topics of watchFleet(options, context.signal))
        yield { topics: topics.map((topic) => TOPICS[topic]) };
    },
  };
}
