/** How fast a spoke answers: the last probes as a line, and the figures. */
import type { Latency } from '../../../src/gen/vigo/v1/admin_pb.js';
import { milliseconds } from '../lib/numbers.ts';
import { Sparkline } from './sparkline.tsx';

/** "last 1.2 ms, p50 1.1 ms, p99 3.0 ms" */
export function latencyText({ lastMs, p50Ms, p99Ms }: Latency): string {
  return `last ${milliseconds(lastMs)}, p50 ${milliseconds(p50Ms)}, p99 ${milliseconds(p99Ms)}`;
}

export function LatencyCell({ latency }: { readonly latency: Latency | undefined }) {
  if (!latency) return <span className="muted">no probe yet</span>;
  return (
    <div className="latency">
      <Sparkline values={latency.recentMs} label={`Latency of recent probes: ${latencyText(latency)}`} />
      <dl>
        <div>
          <dt>last</dt>
          <dd>{milliseconds(latency.lastMs)}</dd>
        </div>
        <div>
          <dt>p50</dt>
          <dd>{milliseconds(latency.p50Ms)}</dd>
        </div>
        <div>
          <dt>p99</dt>
          <dd>{milliseconds(latency.p99Ms)}</dd>
        </div>
      </dl>
    </div>
  );
}
