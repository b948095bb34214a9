/** `SyncConfig` on a spoke: a published tree comes in, and is served before the hub hears so. */
import type { ServiceImpl } from '@connectrpc/connect';
import { VigoError } from '../../../fleet/errors.ts';
import type { SpokeService } from '../../../gen/vigo/v1/spoke_pb.js';
import type { Clock } from '../../../platform/clock.ts';
import { receiveUpload } from '../../../rpc/archive-upload.ts';
import type { LiveConfig } from '../../live/live-config.ts';

export interface ConfigReceiverOptions {
  readonly live: Pick<LiveConfig, 'current' | 'receive'>;
  readonly clock: Clock;
}

type SyncConfig = ServiceImpl<typeof SpokeService>['syncConfig'];

export function createConfigReceiver({ live, clock }: ConfigReceiverOptions): SyncConfig {
  return async (requests, context) => {
    const { header, chunks } = await receiveUpload(requests, { clock });
    const { version, size } = header;
    if (!/^[0-9a-f]{64}$/.test(version))
      throw new VigoError('INVALID_ARGUMENT', 'a version is a SHA-256 in lower-case hex');
    const { unchanged } = await live.receive({ version, size }, chunks, context.signal);
    return { configVersion: live.current?.version ?? '', unchanged };
  };
}
