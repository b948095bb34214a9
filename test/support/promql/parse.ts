/** Reads a query: the part of PromQL that `ast.ts` names. Whatever else stands there is an error that says where. */
import type { Aggregate, BinaryOp, Expr, Matcher, Selector } from './ast.ts';

export const AGGREGATIONS = ['sum', 'max', 'min', 'avg', 'count'];
export const FUNCTIONS = ['rate', 'increase', 'absent', 'time', 'histogram_quantile', 'clamp_min'];

/** Weakest first; operators of one level are read from left to right. */
const LEVELS: readonly (readonly BinaryOp[])[] = [
  ['or'],
  ['and', 'unless'],
  ['==', '!=', '>', '<', '>=', '<='],
  ['+', '-'],
  ['*', '/'],
];

const TOKEN =
  /\s*(?:(?<duration>\d+(?:ms|[smhd])\b)|(?<number>\d+(?:\.\d+)?)|(?<word>[a-zA-Z_:][\w:]*)|(?<text>"(?:[^"\\]|\\.)*")|(?<sign>=~|!~|==|!=|>=|<=|[-+*/(){},=<>[\]]))/gy;
const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

interface Token {
  readonly kind: 'duration' | 'number' | 'word' | 'text' | 'sign' | 'end';
  readonly text: string;
  readonly at: number;
}

/** Throws what is wrong, and where. */
export function parseQuery(query: string): Expr {
  const tokens = tokensOf(query);
  let next = 0;
  const peek = (): Token => tokens[next] as Token;
  const take = (): Token => tokens[next++] as Token;
  const fail = (token: Token, expected: string): never => {
    throw new Error(`${query}\n${' '.repeat(token.at)}^ expected ${expected}`);
  };
  const takes = (text: string): boolean => {
    const found = peek().text === text && peek().kind !== 'text';
    if (found) next++;
    return found;
  };
  const need = (text: string): void => {
    if (!takes(text)) fail(peek(), `"${text}"`);
  };
  const word = (): string => (peek().kind === 'word' ? take().text : fail(peek(), 'a name'));

  const listed = <T>(open: string, close: string, item: () => T): T[] => {
    const items: T[] = [];
    need(open);
    while (!takes(close)) {
      if (items.length > 0) need(',');
      items.push(item());
    }
    return items;
  };
  const matcher = (): Matcher => {
    const label = word();
    const op = take();
    if (!['=', '!=', '=~', '!~'].includes(op.text)) fail(op, 'a comparison of a label');
    const value = take();
    if (value.kind !== 'text') fail(value, 'a text');
    return { label, op: op.text as Matcher['op'], value: JSON.parse(value.text) as string };
  };
  const selector = (metric: string): Selector => {
    const matchers = peek().text === '{' ? listed('{', '}', matcher) : [];
    let rangeMs: number | undefined;
    if (takes('[')) {
      const duration = take();
      if (duration.kind !== 'duration') fail(duration, 'a duration');
      rangeMs = durationMs(duration.text);
      need(']');
    }
    return { kind: 'selector', metric, matchers, rangeMs };
  };
  const aggregate = (op: string): Aggregate => {
    const keep = takes('by') ? 'by' : takes('without') ? 'without' : undefined;
    const grouping = keep && { keep, labels: listed('(', ')', word) };
    need('(');
    const of = level(0);
    need(')');
    return { kind: 'aggregate', op, grouping, of } as Aggregate;
  };
  const operand = (): Expr => {
    const token = take();
    if (token.kind === 'number') return { kind: 'number', value: Number(token.text) };
    if (token.text === '-') return { kind: 'binary', op: '*', left: { kind: 'number', value: -1 }, right: operand() };
    if (token.text === '(') {
      const inner = level(0);
      need(')');
      return inner;
    }
    if (token.kind !== 'word') return fail(token, 'a value');
    if (AGGREGATIONS.includes(token.text)) return aggregate(token.text);
    if (peek().text !== '(') return selector(token.text);
    if (!FUNCTIONS.includes(token.text)) fail(token, `one of ${FUNCTIONS.join(', ')}`);
    return { kind: 'call', name: token.text, args: listed('(', ')', () => level(0)) };
  };
  const level = (depth: number): Expr => {
    const operators = LEVELS[depth];
    if (!operators) return operand();
    let left = level(depth + 1);
    for (;;) {
      const op = operators.find((candidate) => peek().text === candidate && peek().kind !== 'text');
      if (!op) return left;
      next++;
      left = { kind: 'binary', op, left, right: level(depth + 1) };
    }
  };

  const expr = level(0);
  if (peek().kind !== 'end') fail(peek(), 'the end');
  return expr;
}

/** Milliseconds. */
export function durationMs(text: string): number {
  const [, count = '', unit = ''] = /^(\d+)(ms|[smhd])$/.exec(text) ?? [];
  const factor = UNITS_MS[unit];
  if (factor === undefined) throw new Error(`${text} is no duration`);
  return Number(count) * factor;
}

function tokensOf(query: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (query.slice(at).trim() !== '') {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(query);
    const found = Object.entries(match?.groups ?? {}).find(([, text]) => text !== undefined);
    if (!found) throw new Error(`${query}\n${' '.repeat(at)}^ not understood`);
    const [kind, text] = found;
    tokens.push({ kind: kind as Token['kind'], text, at: TOKEN.lastIndex - text.length });
    at = TOKEN.lastIndex;
  }
  return [...tokens, { kind: 'end', text: '', at: query.length }];
}
