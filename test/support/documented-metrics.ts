/** The tables of docs/metrics.md. */
import { readFileSync } from 'node:fs';
import type { Family } from './exposition.ts';

export type MetricRole = 'hub' | 'spoke' | 'standalone';

export interface DocumentedMetric {
  readonly name: string;
  readonly type: Family['type'];
  readonly labels: readonly string[];
  readonly roles: readonly MetricRole[];
  readonly meaning: string;
}

const DOCS = new URL('../../docs/metrics.md', import.meta.url);
const ROLES: Readonly<Record<string, MetricRole>> = { H: 'hub', S: 'spoke', A: 'standalone' };

/** In the order of the document. Throws for a row that is not as the others are. */
export function documentedMetrics(): DocumentedMetric[] {
  return readFileSync(DOCS, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => {
      const cells = line.split('|').map((cell) => cell.trim());
      const [, name = '', type = '', labels = '', roles = '', meaning = ''] = cells;
      const known = roles.split(' ').map((letter) => ROLES[letter]);
      if (cells.length !== 7 || !['counter', 'gauge', 'histogram'].includes(type) || known.includes(undefined))
        throw new Error(`docs/metrics.md: not a row as the others are: ${line}`);
      return {
        name: name.replaceAll('`', ''),
        type: type as Family['type'],
        labels: [...labels.matchAll(/`(\w+)`/g)].map(([, label = '']) => label),
        roles: known as MetricRole[],
        meaning,
      };
    });
}
