/** The part of `AdminService` that is about spokes: status, detail, cordon and uncordon. */
import type { ServiceImpl } from '@connectrpc/connect';
import { VigoError } from '../../../fleet/errors.ts';
import type { AdminService } from '../../../gen/vigo/v1/admin_pb.js';
import type { Failover } from '../failover/failover.ts';
import { countUnplaced, strangerSpokes } from '../failover/unplaced.ts';
import type { EnvoyLists } from '../listing/envoy-lists.ts';
import type { PartitionLinks } from '../partition-links.ts';
import type { Restoration } from '../restoration/restoration.ts';
import type { RunLists } from '../runs/run-lists.ts';
import { type SpokeSources, spokeMessage } from './spoke-messages.ts';

const FIRST_PAGE = 100;
const RECENT_RUNS = 20;
const MAX_COMMENT = 500;

export interface SpannerAdminOptions extends SpokeSources {
  readonly role: 'hub' | 'standalone';
  readonly links: PartitionLinks;
  readonly lists: EnvoyLists;
  readonly runs: Pick<RunLists, 'recent'>;
  readonly restoration: Pick<Restoration, 'state'>;
  readonly failover: Pick<Failover, 'decision' | 'unplaced'>;
  readonly failoverEnabled: boolean;
}

type Methods = 'getSpannerStatus' | 'getSpoke' | 'cordonSpoke' | 'uncordonSpoke';

export function createSpannerAdmin(options: SpannerAdminOptions): Pick<ServiceImpl<typeof AdminService>, Methods> {
  const { links, monitor, registry, lists, runs } = options;
  return {
    async getSpannerStatus() {
      await Promise.all(links.all.map(({ spec }) => monitor.known(spec.id)));
      const strangers = strangerSpokes(options);
      return {
        role: options.role,
        spokes: links.all.map((link) => spokeMessage(options, link)),
        unplaced: countUnplaced(options),
        failover: failoverMessage(options),
        restoration: restorationMessage(options),
        warnings: [
          ...strangers.map(strangerWarning),
          ...unreconciledWarnings(options),
          ...links.all.flatMap(({ spec }) => offlineWarning(options, spec.id)),
        ],
      };
    },
    async getSpoke(request, context) {
      const link = links.get(request.id);
      await monitor.known(request.id);
      const [page, recent] = await Promise.all([
        lists.page({ spoke: request.id, limit: FIRST_PAGE }, context.signal),
        runs.recent([request.id], '', RECENT_RUNS, context.signal),
      ]);
      return {
        spoke: spokeMessage(options, link),
        envoys: page.envoys,
        recentRuns: recent.runs,
        warnings: page.warnings?.length ? page.warnings : recent.warnings,
      };
    },
    async cordonSpoke(request) {
      if (request.comment.length > MAX_COMMENT)
        throw new VigoError('INVALID_ARGUMENT', `comment: at most ${MAX_COMMENT} characters`);
      const link = links.get(request.id);
      const { eligibility } = registry.get(request.id);
      // A drain goes further than a cordon: it is not taken back by one.
      if (eligibility === 'eligible') await registry.set(request.id, 'cordoned', request.comment);
      return { spoke: spokeMessage(options, link) };
    },
    async uncordonSpoke(request) {
      const link = links.get(request.id);
      if (registry.get(request.id).eligibility !== 'eligible') await registry.set(request.id, 'eligible', '');
      return { spoke: spokeMessage(options, link) };
    },
  };
}

const failoverMessage = ({ failover, failoverEnabled }: SpannerAdminOptions) => {
  const { frozen, reason, held } = failover.decision;
  return { enabled: failoverEnabled, frozen, reason, held: [...held] };
};

const restorationMessage = ({ restoration: { state } }: SpannerAdminOptions) =>
  state && { ...state, unreconciled: [...state.unreconciled] };

const unreconciledWarnings = ({ restoration: { state } }: SpannerAdminOptions) =>
  (state?.unreconciled ?? []).map((spoke) => ({
    spoke,
    code: 'unreconciled',
    message: `the hub was restored from the backup of ${state?.backupCreatedAt}, and ${spoke} has not said since who lives on it`,
  }));

const strangerWarning = (spoke: string) => ({
  spoke,
  code: 'not_found',
  message: `it owns envoys, but is not in spanner.spokes any more: put it back, or \`vigocli spanner drain --spoke ${spoke}\``,
});

function offlineWarning({ monitor }: SpannerAdminOptions, spoke: string) {
  const health = monitor.view(spoke)?.health;
  if (!health || health.failures === 0) return [];
  return [{ spoke, code: health.health, message: health.reason }];
}
