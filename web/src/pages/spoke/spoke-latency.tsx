/** How fast a spoke has answered its probes. */
import { useMemo, useState } from 'react';
import type { Latency } from '../../../../src/gen/vigo/v1/admin_pb.js';
import { milliseconds } from '../../lib/numbers.ts';
import { millis } from '../../lib/times.ts';
import { withGaps } from '../../lib/with-gaps.ts';
import { Card } from '../../ui/card.tsx';
import { Chart } from '../../ui/chart.tsx';
import { type HistoryRange, HistoryRangeChoice, useHistory } from '../../ui/compliance-history.tsx';
import { Empty } from '../../ui/empty.tsx';
import { latencyText } from '../../ui/latency-cell.tsx';
import { Queried } from '../../ui/queried.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';

const HEIGHT = 140;

export function SpokeLatency({ id, latency }: { readonly id: string; readonly latency: Latency | undefined }) {
  const [range, setRange] = useState<HistoryRange>('day');
  const query = useHistory(id, range);
  const points = query.data?.points;
  const { times, series } = useMemo(() => {
    const known = withGaps(
      (points ?? []).flatMap(({ at, latencyMs }) => {
        const ms = millis(at);
        // 0: no probe was good then.
        return ms === null ? [] : [{ seconds: ms / 1000, value: latencyMs === 0 ? null : latencyMs }];
      }),
      (seconds) => ({ seconds, value: null }),
    );
    const values = known.map(({ value }) => value);
    return {
      times: known.map(({ seconds }) => seconds),
      series: [{ name: 'latency', tone: 'info' as const, values }],
    };
  }, [points]);
  return (
    <Card
      title="Latency"
      note={latency && latencyText(latency)}
      actions={<HistoryRangeChoice value={range} onChange={setRange} />}
    >
      <Queried query={query} what="The latency cannot be shown" placeholder={<Skeleton height={`${HEIGHT + 54}px`} />}>
        {() =>
          times.length < 2 ? (
            <Empty icon="clock" title="Nothing noted yet" />
          ) : (
            <Chart
              summary={`Median latency of probes of ${id}${latency ? `; ${latencyText(latency)}` : ''}.`}
              times={times}
              series={series}
              height={HEIGHT}
              format={milliseconds}
            />
          )
        }
      </Queried>
    </Card>
  );
}
