/** How many envoys were in each status, over hours or days. */
import { useQuery } from '@connectrpc/connect-query';
import { useMemo } from 'react';
import { AdminService, type FleetHistoryPoint } from '../../../src/gen/vigo/v1/admin_pb.js';
import { STATUS_PARTS, totalOf } from '../lib/compliance.ts';
import { count, percent } from '../lib/numbers.ts';
import { type StackedHistory, stackHistory } from '../lib/stack-history.ts';
import { localTime, millis } from '../lib/times.ts';
import { lookOf } from '../lib/tones.ts';
import { Chart, type ChartSeries } from './chart.tsx';
import { Choices } from './choices.tsx';
import { LegendMark } from './compliance-bar.tsx';
import { Empty } from './empty.tsx';
import { Queried } from './queried.tsx';
import { Skeleton } from './skeleton.tsx';

export type HistoryRange = 'hour' | 'day' | 'week';

const SECONDS: Record<HistoryRange, number> = { hour: 3600, day: 86_400, week: 604_800 };
// The hub notes how the fleet is about so often.
const REFRESH_MS = 60_000;
const HEIGHT = 200;

/** Of the fleet (empty), or of a spoke. */
export function useHistory(spoke: string, range: HistoryRange) {
  return useQuery(
    AdminService.method.getFleetHistory,
    { spoke, seconds: SECONDS[range], points: 160 },
    { refetchInterval: REFRESH_MS, placeholderData: (before) => before },
  );
}

export function HistoryRangeChoice(props: {
  readonly value: HistoryRange;
  readonly onChange: (range: HistoryRange) => void;
}) {
  const options = (['hour', 'day', 'week'] as const).map((value) => ({ value, name: `1 ${value}` }));
  return <Choices label="How long" options={options} {...props} />;
}

export interface ComplianceHistoryProps {
  readonly spoke: string;
  readonly range: HistoryRange;
  /** Without converged envoys: what is wrong with few of many is seen only so. */
  readonly trouble: boolean;
}

export function ComplianceHistory({ spoke, range, trouble }: ComplianceHistoryProps) {
  const query = useHistory(spoke, range);
  return (
    <Queried query={query} what="The history cannot be shown" placeholder={<Skeleton height={`${HEIGHT + 54}px`} />}>
      {({ points }) => <History points={points} trouble={trouble} />}
    </Queried>
  );
}

function History({ points, trouble }: { readonly points: readonly FleetHistoryPoint[]; readonly trouble: boolean }) {
  const history = useMemo(
    () => stackHistory(points, trouble ? STATUS_PARTS.slice(1) : STATUS_PARTS),
    [points, trouble],
  );
  const series = useMemo(() => seriesOf(history), [history]);
  if (points.length < 2) {
    return (
      <Empty icon="clock" title="Nothing noted yet">
        <p>The hub notes how its fleet is while it runs. The first line appears within a few minutes.</p>
      </Empty>
    );
  }
  if (trouble && neverWrong(points)) {
    return (
      <Empty icon="check" title="Nothing was wrong">
        <p>All envoys were converged all this time.</p>
      </Empty>
    );
  }
  return (
    <Chart
      summary={summaryOf(points)}
      times={history.times}
      series={series}
      filled
      height={HEIGHT}
      format={count}
      mark={({ name }) => <LegendMark state={name} />}
    />
  );
}

/** There were envoys, and none of them was ever anything but converged. */
function neverWrong(points: readonly FleetHistoryPoint[]): boolean {
  const counts = points.flatMap(({ compliance }) => compliance ?? []);
  return counts.some(({ converged }) => converged > 0) && counts.every((each) => totalOf(each) === each.converged);
}

/** The topmost is drawn first and covered by those below it. */
function seriesOf({ parts, counts, tops }: StackedHistory): ChartSeries[] {
  return parts
    .map(({ word }, i) => ({ name: word, tone: lookOf(word).tone, values: tops[i] ?? [], said: counts[i] ?? [] }))
    .toReversed();
}

function summaryOf(points: readonly FleetHistoryPoint[]): string {
  const shares = points.flatMap(({ at, compliance }) => {
    const ms = millis(at);
    return compliance && ms !== null ? [{ ms, part: compliance.converged, whole: totalOf(compliance) }] : [];
  });
  const share = ({ part, whole }: { part: number; whole: number }) => (whole === 0 ? 1 : part / whole);
  const worst = shares.reduce((a, b) => (share(b) < share(a) ? b : a), shares[0] ?? { ms: 0, part: 0, whole: 0 });
  const last = shares.at(-1) ?? worst;
  return `Converged envoys: ${percent(last.part, last.whole) ?? 'none'} at the end, at least ${percent(worst.part, worst.whole) ?? 'none'}, at ${localTime(worst.ms)}.`;
}
