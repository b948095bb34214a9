/** What a query of the subset that the house's alerts and dashboards use is made of. */
export type Matcher = { readonly label: string; readonly op: '=' | '!=' | '=~' | '!~'; readonly value: string };

export type ArithmeticOp = '+' | '-' | '*' | '/';
export type ComparisonOp = '==' | '!=' | '>' | '<' | '>=' | '<=';
export type SetOp = 'and' | 'or' | 'unless';
export type BinaryOp = ArithmeticOp | ComparisonOp | SetOp;

export interface Selector {
  readonly kind: 'selector';
  readonly metric: string;
  readonly matchers: readonly Matcher[];
  /** Milliseconds; undefined for the value of now. */
  readonly rangeMs: number | undefined;
}

export interface Call {
  readonly kind: 'call';
  readonly name: string;
  readonly args: readonly Expr[];
}

export interface Aggregate {
  readonly kind: 'aggregate';
  readonly op: string;
  /** Of which labels are kept; undefined keeps none. */
  readonly grouping: { readonly keep: 'by' | 'without'; readonly labels: readonly string[] } | undefined;
  readonly of: Expr;
}

export interface Binary {
  readonly kind: 'binary';
  readonly op: BinaryOp;
  readonly left: Expr;
  readonly right: Expr;
}

export type Expr = { readonly kind: 'number'; readonly value: number } | Selector | Call | Aggregate | Binary;

/** All parts of a query, itself first. */
export function* partsOf(expr: Expr): Generator<Expr> {
  yield expr;
  if (expr.kind === 'call') for (const arg of expr.args) yield* partsOf(arg);
  if (expr.kind === 'aggregate') yield* partsOf(expr.of);
  if (expr.kind === 'binary') {
    yield* partsOf(expr.left);
    yield* partsOf(expr.right);
  }
}
