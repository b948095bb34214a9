/** The part of `AdminService` that is about configuration. */
import type { ServiceImpl } from '@connectrpc/connect';
import { VigoError } from '../../../fleet/errors.ts';
import { isOnline } from '../../../fleet/spoke-health.ts';
import type { AdminService } from '../../../gen/vigo/v1/admin_pb.js';
import type { Clock } from '../../../platform/clock.ts';
import { receiveUpload } from '../../../rpc/archive-upload.ts';
import { operatorOf } from '../../platform/admin-auth.ts';
import type { ConfigRepository } from '../../store/config-repository.ts';
import type { ConfigDiff } from '../config/config-diff.ts';
import type { ConfigDistribution } from '../config/config-distribution.ts';
import type { ConfigPublisher } from '../config/config-publisher.ts';
import type { SpokeMonitor } from '../health/spoke-monitor.ts';
import type { PartitionLinks } from '../partition-links.ts';
import { configVersionMessage, diffMessage, problemMessages, publishedMessage } from './config-messages.ts';

const MAX_COMMENT = 500;
const DEFAULT_LIMIT = 20;
const MAX_LIMIT = 500;

export interface ConfigAdminOptions {
  readonly publisher: ConfigPublisher;
  readonly distribution: Pick<ConfigDistribution, 'versions'>;
  readonly repository: Pick<ConfigRepository, 'list'>;
  readonly diff: (from: string, to: string) => Promise<ConfigDiff>;
  readonly links: PartitionLinks;
  readonly monitor: Pick<SpokeMonitor, 'known' | 'view'>;
  readonly clock: Clock;
}

type Methods = 'publishConfig' | 'rollbackConfig' | 'getConfigStatus' | 'listConfigHistory' | 'diffConfig';

export function createConfigAdmin(options: ConfigAdminOptions): Pick<ServiceImpl<typeof AdminService>, Methods> {
  const { publisher, distribution, repository, links, monitor, clock } = options;
  return {
    async publishConfig(requests, context) {
      const actor = operatorOf(context).name;
      const { header, chunks } = await receiveUpload(requests, { clock });
      const { digest, size, message } = header;
      if (!/^[0-9a-f]{64}$/.test(digest))
        throw new VigoError('INVALID_ARGUMENT', 'digest: the SHA-256 of the archive in lower-case hex is expected');
      bounded(message);
      const archive = { version: digest, size };
      const outcome = await publisher.publish(archive, chunks, { actor, message }, context.signal);
      if ('problems' in outcome) return { problems: problemMessages(outcome.problems) };
      return { published: publishedMessage(outcome) };
    },
    async rollbackConfig({ version, message }, context) {
      bounded(message);
      const actor = operatorOf(context).name;
      return { published: publishedMessage(await publisher.rollback(version, { actor, message }, context.signal)) };
    },
    async getConfigStatus() {
      await Promise.all(links.all.map(({ spec }) => monitor.known(spec.id)));
      const { current } = publisher;
      return {
        ...(current ? { current: configVersionMessage(current, current) } : {}),
        spokes: distribution.versions().map((spoke) => {
          const health = monitor.view(spoke.spoke)?.health.health;
          return { ...spoke, online: health !== undefined && isOnline(health) };
        }),
      };
    },
    async listConfigHistory({ limit, before }) {
      const rows = await repository.list(Math.min(limit || DEFAULT_LIMIT, MAX_LIMIT), before || undefined);
      return { versions: rows.map((row) => configVersionMessage(row, publisher.current)) };
    },
    diffConfig: async ({ from, to }) => diffMessage(await options.diff(from, to)),
  };
}

function bounded(message: string): void {
  if (message.length > MAX_COMMENT)
    throw new VigoError('INVALID_ARGUMENT', `message: at most ${MAX_COMMENT} characters`);
}
