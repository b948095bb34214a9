/** One envoy for people. */
import type { EnvoyDetailJson, PlacementJson } from '../json/envoy.ts';
import { renderDetails } from './details.ts';
import { runColumns } from './runs.ts';
import { statusFormat } from './status-format.ts';
import { renderTable, type TableOptions } from './table.ts';
import type { Column } from './table-layout.ts';
import { relative } from './time.ts';

const PLACEMENT_COLUMNS: Column<PlacementJson>[] = [
  { title: 'SPOKE', value: (placement) => placement.spoke, expendable: 0 },
  { title: 'EPOCH', value: (placement) => String(placement.epoch), align: 'right' },
  { title: 'SINCE', value: (placement) => placement.at ?? '-', expendable: 2 },
  { title: 'REASON', value: (placement) => placement.reason, expendable: 3 },
  { title: 'MOVE', value: (placement) => placement.moveId ?? '-', expendable: 4 },
];

/** `now`: milliseconds since 1970 UTC, for ages. */
export function renderEnvoy(envoy: EnvoyDetailJson, options: TableOptions & { readonly now: number }): string {
  const { style, now } = options;
  const format = envoy.stale ? 'dim' : statusFormat(envoy.status);
  const details = renderDetails(
    [
      ['id', envoy.id],
      ['spoke', `${envoy.spoke} (epoch ${envoy.epoch})`],
      ['drift', envoy.drift],
      ['reachable', envoy.reachable ? 'yes' : 'no'],
      ['last seen', relative(envoy.lastSeenAt, now)],
      ['enrolled', envoy.enrolledAt],
      ['config', envoy.configVersion],
      ['moving in', envoy.moveId],
      ...Object.entries(envoy.traits ?? {}).map(([name, value]) => [`trait ${name}`, traitText(value)] as const),
    ],
    style,
  );
  const status = `${envoy.status}${envoy.stale ? ' (stale)' : ''}`;
  const title = `${style('bold', envoy.hostname)}  ${format ? style(format, status) : status}`;
  const runs =
    envoy.recentRuns.length === 0 ? [] : ['', renderTable(runColumns('envoy', now), envoy.recentRuns, options)];
  return [title, details, '', renderTable(PLACEMENT_COLUMNS, envoy.placements, options), ...runs].join('\n');
}

const traitText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
