/**
 * What a query gives at an instant, over series that a test has written down.
 *
 * As Prometheus does it, but that `rate` and `increase` do not stretch what they see to the edges of their range:
 * the rate is that between the first and the last sample, and the increase that rate times the range.
 */
import type { Aggregate, Binary, BinaryOp, Call, Expr, Matcher, Selector } from './ast.ts';
import { type Labels, type Series, START_MS, STEP_MS } from './series.ts';

export interface Point {
  readonly labels: Labels;
  readonly value: number;
}

/** A vector, or a number. */
export type Result = number | readonly Point[];

/** A series without a sample for longer is gone, milliseconds. */
const LOOKBACK_MS = 5 * 60_000;

/** `atMs`: milliseconds since 1970 UTC. */
export function evaluate(expr: Expr, all: readonly Series[], atMs: number): Result {
  switch (expr.kind) {
    case 'number':
      return expr.value;
    case 'selector':
      return instant(expr, all, atMs);
    case 'call':
      return call(expr, all, atMs);
    case 'aggregate':
      return aggregated(expr, vector(evaluate(expr.of, all, atMs)));
    case 'binary':
      return combined(expr, evaluate(expr.left, all, atMs), evaluate(expr.right, all, atMs));
  }
}

export function vector(result: Result): readonly Point[] {
  if (typeof result === 'number') throw new Error('a number where series are needed');
  return result;
}

export const labelKey = (labels: Labels): string =>
  JSON.stringify(Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1)));

function matches({ matchers, metric }: Selector, { labels, ...one }: Series): boolean {
  return one.metric === metric && matchers.every((matcher) => fits(matcher, labels[matcher.label] ?? ''));
}

function fits({ op, value }: Matcher, has: string): boolean {
  const same = op.endsWith('~') ? new RegExp(`^(?:${value})$`).test(has) : has === value;
  return op.startsWith('!') ? !same : same;
}

/** The samples of a series from after `fromMs` until `untilMs`. */
function samples({ values }: Series, fromMs: number, untilMs: number): { at: number; value: number }[] {
  return values
    .map((value, i) => ({ at: START_MS + i * STEP_MS, value }))
    .filter((sample): sample is { at: number; value: number } => sample.value !== undefined)
    .filter(({ at }) => at > fromMs && at <= untilMs);
}

function instant(selector: Selector, all: readonly Series[], atMs: number): Point[] {
  if (selector.rangeMs !== undefined) throw new Error(`${selector.metric}: a range where a value is needed`);
  return all
    .filter((one) => matches(selector, one))
    .flatMap((one) => {
      const last = samples(one, atMs - LOOKBACK_MS, atMs).at(-1);
      return last ? [{ labels: one.labels, value: last.value }] : [];
    });
}

function call({ name, args }: Call, all: readonly Series[], atMs: number): Result {
  const [arg] = args;
  if (name === 'time' && args.length === 0) return atMs / 1000;
  if (!arg || args.length > 1) throw new Error(`${name}: not evaluated with ${args.length} arguments`);
  if (name === 'rate' || name === 'increase') {
    if (arg.kind !== 'selector' || arg.rangeMs === undefined) throw new Error(`${name} needs a range`);
    const { rangeMs } = arg;
    const factor = name === 'rate' ? 1 : rangeMs / 1000;
    return all.filter((one) => matches(arg, one)).flatMap((one) => rated(one, rangeMs, atMs, factor));
  }
  if (name === 'absent') return absent(arg, vector(evaluate(arg, all, atMs)));
  throw new Error(`${name} is not evaluated here`);
}

function rated(one: Series, rangeMs: number, atMs: number, factor: number): Point[] {
  const seen = samples(one, atMs - rangeMs, atMs);
  const [first] = seen;
  const last = seen.at(-1);
  if (!first || !last || first === last) return [];
  let grown = 0;
  // A counter that is lower than before has begun anew, at 0.
  seen.reduce((before, now) => {
    grown += now.value >= before.value ? now.value - before.value : now.value;
    return now;
  });
  return [{ labels: one.labels, value: (grown / ((last.at - first.at) / 1000)) * factor }];
}

function absent(arg: Expr, found: readonly Point[]): Point[] {
  if (found.length > 0) return [];
  const equal = arg.kind === 'selector' ? arg.matchers.filter(({ op }) => op === '=') : [];
  return [{ labels: Object.fromEntries(equal.map(({ label, value }) => [label, value])), value: 1 }];
}

const REDUCERS: Readonly<Record<string, (values: readonly number[]) => number>> = {
  sum: (values) => values.reduce((sum, value) => sum + value, 0),
  max: (values) => Math.max(...values),
  min: (values) => Math.min(...values),
  count: (values) => values.length,
};

function aggregated({ op, grouping }: Aggregate, points: readonly Point[]): Point[] {
  const reduce = REDUCERS[op];
  if (!reduce) throw new Error(`${op} is not evaluated here`);
  const kept = (labels: Labels): Labels =>
    Object.fromEntries(
      Object.entries(labels).filter(
        ([label]) => grouping && grouping.labels.includes(label) === (grouping.keep === 'by'),
      ),
    );
  const groups = Map.groupBy(points, ({ labels }) => labelKey(kept(labels)));
  return [...groups.values()].map((group) => ({
    labels: kept(group[0]?.labels ?? {}),
    value: reduce(group.map(({ value }) => value)),
  }));
}

const ARITHMETIC: Partial<Record<BinaryOp, (a: number, b: number) => number>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
};
const COMPARISONS: Partial<Record<BinaryOp, (a: number, b: number) => boolean>> = {
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '>': (a, b) => a > b,
  '<': (a, b) => a < b,
  '>=': (a, b) => a >= b,
  '<=': (a, b) => a <= b,
};

function combined({ op }: Binary, left: Result, right: Result): Result {
  if (op === 'and' || op === 'or' || op === 'unless') return setOf(op, vector(left), vector(right));
  const calculate = ARITHMETIC[op];
  const compare = COMPARISONS[op];
  /** What is left of `labels`: a comparison keeps the value, or nothing. */
  const one = (labels: Labels, a: number, b: number, kept: number): Point[] => {
    if (calculate) return [{ labels, value: calculate(a, b) }];
    return compare?.(a, b) ? [{ labels, value: kept }] : [];
  };
  if (typeof left === 'number' && typeof right === 'number') {
    if (!calculate) throw new Error('two numbers are compared');
    return calculate(left, right);
  }
  if (typeof left === 'number') return vector(right).flatMap(({ labels, value }) => one(labels, left, value, value));
  if (typeof right === 'number') return left.flatMap(({ labels, value }) => one(labels, value, right, value));
  const others = byLabels(right);
  byLabels(left);
  return left.flatMap(({ labels, value }) => {
    const other = others.get(labelKey(labels));
    return other ? one(labels, value, other.value, value) : [];
  });
}

/** Throws if two have the same labels: Prometheus does not know then which is meant. */
function byLabels(points: readonly Point[]): Map<string, Point> {
  const known = new Map(points.map((point) => [labelKey(point.labels), point]));
  if (known.size !== points.length) throw new Error('more than one series has the same labels');
  return known;
}

function setOf(op: 'and' | 'or' | 'unless', left: readonly Point[], right: readonly Point[]): Point[] {
  const here = new Set(left.map(({ labels }) => labelKey(labels)));
  const there = new Set(right.map(({ labels }) => labelKey(labels)));
  if (op === 'or') return [...left, ...right.filter(({ labels }) => !here.has(labelKey(labels)))];
  return left.filter(({ labels }) => there.has(labelKey(labels)) === (op === 'and'));
}
