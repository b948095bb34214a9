/** How a partition is: what it answers to a probe, and what it reports by itself. */
import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { StatusResponseSchema } from '../../gen/vigo/v1/spoke_pb.js';
import type { Clock } from '../../platform/clock.ts';
import { complianceMessage } from '../../rpc/status-codes.ts';
import type { LiveConfig } from '../live/live-config.ts';
import { complianceOf, type RowSource } from './envoy-rows.ts';
import type { OwnCertificate } from './own-certificate.ts';
import type { RateMeter } from './rate-meter.ts';

export type PartitionStatus = MessageInitShape<typeof StatusResponseSchema>;

export interface PartitionStatusOptions {
  readonly source: RowSource;
  /** Check-ins. */
  readonly meter: Pick<RateMeter, 'perSecond'>;
  /** Calls of agents that were refused because there were too many. */
  readonly refused: Pick<RateMeter, 'perSecond'>;
  readonly live: Pick<LiveConfig, 'current'>;
  readonly certificate: Pick<OwnCertificate, 'describe'> | undefined;
  readonly clock: Clock;
  /** Milliseconds since 1970 UTC. */
  readonly startedAt: number;
  readonly version: string;
}

/** At this moment. */
export function partitionStatus(options: PartitionStatusOptions): PartitionStatus {
  const { source, meter, refused, live, certificate, clock } = options;
  return {
    spokeId: source.spokeId,
    envoyCount: source.index.size,
    compliance: complianceMessage(complianceOf(source, clock.now())),
    configVersion: live.current?.version ?? '',
    startedAt: timestampFromMs(options.startedAt),
    checkinsPerSecond: meter.perSecond(),
    version: options.version,
    envoysDigest: source.index.digest(),
    refusedPerSecond: refused.perSecond(),
    ...(certificate ? { certificate: certificate.describe() } : {}),
  };
}
