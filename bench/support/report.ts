/** Results for people: a table; for programs: JSON. */
import { arch, cpus, platform, release, totalmem } from 'node:os';
import Table from 'cli-table3';
import type { BenchRow } from './benchmark.ts';
import type { Summary } from './stats.ts';

export interface BenchReport {
  readonly at: string;
  readonly machine: string;
  readonly quick: boolean;
  readonly benchmarks: readonly { readonly name: string; readonly rows: readonly BenchRow[] }[];
}

/** In general terms: what a figure depends on. */
export function describeMachine(): string {
  const gib = Math.round(totalmem() / 2 ** 30);
  return `${cpus().length} cores, ${gib} GiB, ${platform()} ${release().split('.').slice(0, 2).join('.')} ${arch()}, Node ${process.versions.node}`;
}

export function renderReport(report: BenchReport): string {
  const table = new Table({
    head: ['', 'median [min … max]', 'floor', 'ratio', 'figure to hold', ''],
    style: { head: [] },
  });
  for (const { name, rows } of report.benchmarks) {
    table.push([{ colSpan: 6, content: name }]);
    for (const row of rows) {
      const floor = row.floor ? `${row.floor.what}: ${spread(row.floor.value)} ${row.unit}` : '';
      const ratio = row.ratio ? spread(row.ratio) : '';
      const verdict = row.met === undefined ? '' : row.met ? 'held' : 'MISSED';
      table.push([row.what, `${spread(row.measured)} ${row.unit}`, floor, ratio, row.goal ?? '', verdict]);
    }
  }
  const sizes = report.quick ? ' (quick: small sizes, figures mean little)' : '';
  return `${report.machine}${sizes}\n${table.toString()}`;
}

function spread({ median, min, max }: Summary): string {
  return min === max ? number(median) : `${number(median)} [${number(min)} … ${number(max)}]`;
}

function number(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toLocaleString('en', { minimumFractionDigits: 0, maximumFractionDigits: digits });
}
