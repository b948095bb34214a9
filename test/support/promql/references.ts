/** Whether a query speaks of metrics and labels that docs/metrics.md has. */
import { documentedMetrics } from '../documented-metrics.ts';
import { type Expr, partsOf, type Selector } from './ast.ts';

/** What Prometheus itself adds. */
const SCRAPE_LABELS = ['job', 'instance'];
const HISTOGRAM_PARTS = /_(?:bucket|sum|count)$/;

/** Throws for the first that is not there. */
export function checkReferences(expr: Expr): void {
  const known = new Map(documentedMetrics().map((metric) => [metric.name, metric]));
  const labels = new Set(SCRAPE_LABELS);
  const check = ({ metric, matchers }: Selector): void => {
    if (metric === 'up') return;
    const part = HISTOGRAM_PARTS.test(metric);
    const found = known.get(part ? metric.replace(HISTOGRAM_PARTS, '') : metric);
    if (!found || part !== (found.type === 'histogram')) throw new Error(`docs/metrics.md has no ${metric}`);
    const own = [...found.labels, ...(metric.endsWith('_bucket') ? ['le'] : [])];
    for (const label of own) labels.add(label);
    for (const { label } of matchers)
      if (!own.includes(label) && !SCRAPE_LABELS.includes(label)) throw new Error(`${metric} has no label ${label}`);
  };
  const parts = [...partsOf(expr)];
  const rated = new Set(parts.flatMap((part) => (part.kind === 'call' && isRate(part.name) ? part.args : [])));
  for (const part of parts) {
    if (part.kind !== 'selector') continue;
    check(part);
    const counts = known.get(part.metric)?.type === 'counter' || HISTOGRAM_PARTS.test(part.metric);
    if (counts !== rated.has(part)) throw new Error(`${part.metric}: counters are rated, and nothing else is`);
  }
  for (const part of parts) {
    if (part.kind !== 'aggregate') continue;
    const strange = part.grouping?.labels.find((label) => !labels.has(label));
    if (strange !== undefined) throw new Error(`nothing has the label ${strange}`);
  }
}

const isRate = (name: string): boolean => name === 'rate' || name === 'increase';
