/** One probe of a spoke: does it say that it serves, how is it, and does it take what it has still to be told? */
import type { ProbeResult } from '../../../fleet/spoke-health.ts';
import { HealthCheckResponse_ServingStatus as ServingStatus } from '../../../gen/grpc/health/v1/health_pb.js';
import { SpokeService, type StatusResponse } from '../../../gen/vigo/v1/spoke_pb.js';
import type { Clock } from '../../../platform/clock.ts';
import type { Notices } from '../notices.ts';
import type { PartitionLink } from '../partition-links.ts';
import { judgeFailure } from './probe-failure.ts';
import type { SpokeCorrector } from './spoke-corrector.ts';

export interface SpokeProbeOptions {
  readonly notices: Pick<Notices, 'deliver'>;
  readonly corrector: Pick<SpokeCorrector, 'check'>;
  /** Deadline of each call, milliseconds. */
  readonly timeoutMs: number;
  readonly clock: Clock;
}

export interface ProbeAnswer {
  readonly result: ProbeResult;
  /** What it said about itself; absent if it did not. */
  readonly status?: StatusResponse;
  /** Of both questions, milliseconds. */
  readonly latencyMs?: number;
}

/** Never throws. */
export async function probeSpoke(options: SpokeProbeOptions, link: PartitionLink): Promise<ProbeAnswer> {
  const { notices, timeoutMs, clock } = options;
  const begun = clock.monotonic();
  try {
    const [status] = await Promise.all([link.client.status({}, { timeoutMs }), askHealth(link, timeoutMs)]);
    const latencyMs = clock.monotonic() - begun;
    const undelivered = await notices.deliver(link.spec.id);
    const pendingNotices = undelivered > 0 ? undelivered : await options.corrector.check(link, status);
    return { result: { outcome: 'good', at: clock.now(), pendingNotices }, status, latencyMs };
  } catch (error) {
    const tookMs = clock.monotonic() - begun;
    return { result: { ...judgeFailure({ link, error, tookMs, timeoutMs }), at: clock.now() } };
  }
}

/** Throws unless the spoke says that it serves its hub. A partition in this process is not asked. */
async function askHealth({ health }: PartitionLink, timeoutMs: number): Promise<void> {
  if (!health) return;
  const { status } = await health.check({ service: SpokeService.typeName }, { timeoutMs });
  if (status !== ServingStatus.SERVING) throw new Error('it answers that it does not serve (grpc.health.v1)');
}
