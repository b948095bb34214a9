/** The alerts of ops/prometheus/alerts.yml, and whether one fires, minute by minute, over series that a test has written down. */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { Expr } from './ast.ts';
import { evaluate, labelKey, type Point, vector } from './evaluate.ts';
import { durationMs, parseQuery } from './parse.ts';
import { type Series, START_MS, STEP_MS } from './series.ts';

export interface AlertRule {
  readonly name: string;
  readonly expr: Expr;
  /** It fires when it has held for so long, milliseconds. */
  readonly forMs: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

interface RuleFile {
  readonly groups: readonly {
    readonly name: string;
    readonly rules: readonly {
      readonly alert: string;
      readonly expr: string;
      readonly for?: string;
      readonly labels: Record<string, string>;
      readonly annotations: Record<string, string>;
    }[];
  }[];
}

const FILE = new URL('../../../ops/prometheus/alerts.yml', import.meta.url);

/** Throws for what is no rule, and for keys that no rule has. */
export function readAlerts(): AlertRule[] {
  const { groups } = parse(readFileSync(FILE, 'utf8')) as RuleFile;
  return groups.flatMap(({ rules }) =>
    rules.map(({ alert, expr, for: wait, labels, annotations, ...more }) => {
      if (Object.keys(more).length > 0) throw new Error(`${alert}: unknown keys ${Object.keys(more).join(', ')}`);
      return { name: alert, expr: parseQuery(expr), forMs: wait ? durationMs(wait) : 0, labels, annotations };
    }),
  );
}

/** What fires so many minutes after the start, if the rule is looked at once a minute. */
export function firing({ expr, forMs }: AlertRule, all: readonly Series[], minutes: number): Point[] {
  let since = new Map<string, number>();
  let now: readonly Point[] = [];
  const end = START_MS + minutes * STEP_MS;
  for (let at = START_MS; at <= end; at += STEP_MS) {
    now = vector(evaluate(expr, all, at));
    since = new Map(now.map(({ labels }) => [labelKey(labels), since.get(labelKey(labels)) ?? at]));
  }
  return now.filter(({ labels }) => end - (since.get(labelKey(labels)) ?? end) >= forMs);
}
