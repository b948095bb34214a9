/** Spokes for people. */
import type { ComplianceJson, SpannerStatusJson, SpokeJson } from '../json/spoke.ts';
import { printable } from '../terminal.ts';
import { renderDetails } from './details.ts';
import { shortVersion } from './envoys.ts';
import { hubAddressLines } from './hub-addresses.ts';
import { statusFormat } from './status-format.ts';
import { renderRows, type TableOptions } from './table.ts';
import { type Column, layOut } from './table-layout.ts';
import { relative } from './time.ts';

const milliseconds = (ms: number | undefined): string => (ms === undefined ? '-' : `${ms.toFixed(1)} ms`);

/** Converged envoys among all, in percent; null when nothing is known. */
function convergedShare(compliance: ComplianceJson | null): string | null {
  if (compliance === null) return null;
  const all = Object.values(compliance).reduce((sum, count) => sum + count, 0);
  return all === 0 ? null : `${Math.floor((compliance.converged / all) * 100)} %`;
}

const HUB: Column<SpokeJson> = { title: 'HUB', value: (spoke) => spoke.hubAddr ?? '-', expendable: 8, min: 12 };

const SPOKE_COLUMNS: Column<SpokeJson>[] = [
  { title: 'SPOKE', value: (spoke) => spoke.id, expendable: 0, min: 8 },
  { title: 'STATUS', value: (spoke) => spoke.status, format: (spoke) => statusFormat(spoke.status), expendable: 0 },
  { title: 'HEALTH', value: (spoke) => spoke.health, format: (spoke) => statusFormat(spoke.health), expendable: 2 },
  {
    title: 'ELIGIBILITY',
    value: (spoke) => spoke.eligibility,
    format: (spoke) => statusFormat(spoke.eligibility),
    expendable: 3,
  },
  { title: 'ENVOYS', value: (spoke) => String(spoke.envoyCount), align: 'right', expendable: 1 },
  { title: 'P50', value: (spoke) => milliseconds(spoke.latencyMs?.p50), align: 'right', expendable: 6 },
  { title: 'P99', value: (spoke) => milliseconds(spoke.latencyMs?.p99), align: 'right', expendable: 5 },
  { title: 'CONVERGED', value: (spoke) => convergedShare(spoke.compliance) ?? '-', align: 'right', expendable: 7 },
  { title: 'CONFIG', value: (spoke) => shortVersion(spoke.configVersion), expendable: 6 },
  HUB,
  { title: 'REASON', value: (spoke) => spoke.reason ?? '', expendable: 4, min: 10 },
];

/** All spokes, and below what is worth noting. */
export function renderSpannerStatus(status: SpannerStatusJson, options: TableOptions): string {
  const laid = layOut(SPOKE_COLUMNS, status.spokes, options.width);
  const lines = [renderRows(laid, status.spokes, { ...options, titles: true })];
  if (!laid.some(({ column }) => column === HUB)) lines.push(...hubAddressLines(status.spokes).map(printable));
  if (status.unplaced > 0) {
    lines.push(options.style('yellow', `${status.unplaced} envoys have no spoke that serves them: see the warnings`));
  }
  if (status.restoration) {
    const { backupCreatedAt, unreconciled } = status.restoration;
    const waiting = `restored from the backup of ${backupCreatedAt}; not reconciled yet: ${unreconciled.join(', ')}`;
    lines.push(options.style('yellow', printable(waiting)));
  }
  if (status.role === 'hub' && !status.failover.enabled) lines.push('auto-failover is off');
  const { failover } = status;
  if (failover.frozen) lines.push(options.style('yellow', `auto-failover is frozen: ${failover.reason ?? ''}`));
  for (const { spoke, guard, reason, envoys } of failover.held) {
    lines.push(
      options.style('yellow', `auto-failover does not drain ${spoke} (${envoys} envoys): ${guard}, ${reason}`),
    );
  }
  return lines.join('\n');
}

/** One spoke. `now`: for ages. */
export function renderSpoke(spoke: SpokeJson, { style, now }: Pick<TableOptions, 'style'> & { now: number }): string {
  const { latencyMs, compliance } = spoke;
  const format = statusFormat(spoke.status);
  return [
    `${style('bold', spoke.id)}  ${format ? style(format, spoke.status) : spoke.status}`,
    renderDetails(
      [
        ['address', spoke.addr],
        ['patterns', spoke.patterns.join(', ')],
        ['health', spoke.healthSince ? `${spoke.health}, since ${spoke.healthSince}` : spoke.health],
        ['eligibility', spoke.eligibility],
        ['reason', spoke.reason],
        ['envoys', spoke.envoyCount],
        ['latency', latencyMs && `last ${latencyMs.last} ms, p50 ${latencyMs.p50} ms, p99 ${latencyMs.p99} ms`],
        ['last probe', relative(spoke.lastProbeAt, now)],
        ['last report', relative(spoke.lastReportAt, now)],
        ['reports to', spoke.hubAddr],
        ['load', spoke.load && loadText(spoke.load)],
        ['config', spoke.configVersion],
        ['compliance', compliance && complianceText(compliance)],
        ['pending', spoke.pendingNotices > 0 ? `${spoke.pendingNotices} notices still to be given to it` : null],
      ],
      style,
    ),
  ].join('\n');
}

function loadText({ checkinsPerSecond, refusedPerSecond }: NonNullable<SpokeJson['load']>): string {
  const refused = refusedPerSecond > 0 ? `, ${refusedPerSecond.toFixed(1)} refused a second` : '';
  return `${checkinsPerSecond.toFixed(1)} check-ins a second${refused}`;
}

function complianceText(compliance: ComplianceJson): string {
  const parts = Object.entries(compliance).filter(([, count]) => count > 0);
  return parts.length === 0 ? 'no envoys' : parts.map(([status, count]) => `${count} ${status}`).join(', ');
}
