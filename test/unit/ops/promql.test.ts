/** The evaluator of queries that the tests of alerts rely on. */
import { expect } from 'chai';
import { firing } from '../../support/promql/alerting.ts';
import { evaluate } from '../../support/promql/evaluate.ts';
import { parseQuery } from '../../support/promql/parse.ts';
import { checkReferences } from '../../support/promql/references.ts';
import { growing, type Series, START_MS, STEP_MS, steady } from '../../support/promql/series.ts';

const one = (metric: string, labels: Record<string, string>, values: Series['values']): Series => ({
  metric,
  labels,
  values,
});

const ALL: Series[] = [
  one('a', { x: '1', y: 'p' }, steady(4, 20)),
  one('a', { x: '2', y: 'p' }, steady(6, 20)),
  one('a', { x: '2', y: 'q' }, steady(10, 20)),
  one('b', { x: '1' }, steady(8, 20)),
  one('zero', { x: '1' }, steady(0, 20)),
  one('gone', {}, steady(1, 3)),
  one('c_total', {}, growing(60, 20)),
  one('reset_total', {}, [100, 160, 30, 90]),
];

const at = (query: string, minutes = 10) => evaluate(parseQuery(query), ALL, START_MS + minutes * STEP_MS);
const values = (query: string, minutes?: number) => {
  const result = at(query, minutes);
  return typeof result === 'number' ? result : result.map(({ value }) => value);
};

describe('evaluating a query', () => {
  const results: Record<string, number | number[]> = {
    '1 + 2 * 3 - 4 / 2': 5,
    '-(1 + 2) * 2': -6,
    'time()': START_MS / 1000 + 600,
    a: [4, 6, 10],
    'a{x="2"}': [6, 10],
    'a{x="2", y!="q"}': [6],
    'a{y=~"p|r"}': [4, 6],
    'a{y!~"p.*"}': [10],
    'a{z=""}': [4, 6, 10],
    'a > 5': [6, 10],
    'a > 5 < 8': [6],
    '5 < a': [6, 10],
    'a == 4 or a == 10': [4, 10],
    'sum(a)': [20],
    'sum by (x) (a)': [4, 16],
    'max without (x) (a)': [6, 10],
    'count(a > 100)': [],
    'sum by (x) (a) / b': [0.5],
    'sum by (x) (a) > 0 and b': [4],
    'sum by (x) (a) unless b': [16],
    'b / zero > 1': [8 / 0],
    'zero / zero > 0': [],
    'rate(c_total[5m])': [1],
    'increase(c_total[5m])': [300],
    'absent(a)': [],
    'absent(nothing{x="1", y=~"2"})': [1],
  };
  for (const [query, result] of Object.entries(results)) {
    it(query, () => {
      expect(values(query)).to.deep.equal(result);
    });
  }

  it('forgets a series without samples after five minutes, and counts on over a reset', () => {
    expect(values('gone', 6)).to.deep.equal([1]);
    expect(values('gone', 7)).to.deep.equal([]);
    expect(values('increase(reset_total[3m])', 3)).to.deep.equal([(30 + 60) * 1.5]);
    expect(values('rate(reset_total[1m])', 3)).to.deep.equal([]);
  });

  it('names the labels that an absent series would have', () => {
    expect(at('absent(nothing{x="1", y=~"2"})')).to.deep.equal([{ labels: { x: '1' }, value: 1 }]);
  });

  const refused: Record<string, string> = {
    'a +': 'expected a value',
    'sum(a': 'expected ")"',
    'a{x="1}': 'not understood',
    'a{x>"1"}': 'expected a comparison of a label',
    'a[5]': 'expected a duration',
    'foo(a)': 'expected one of rate',
    'a b': 'expected the end',
    'a[5m]': 'a range where a value is needed',
    'rate(a)': 'rate needs a range',
    '1 > 2': 'two numbers are compared',
    'sum(1)': 'a number where series are needed',
  };
  for (const [query, why] of Object.entries(refused)) {
    it(`refuses ${query}`, () => {
      expect(() => at(query)).to.throw(why);
    });
  }

  it('refuses to pair series of which it cannot tell which is meant', () => {
    const twice = [...ALL, one('b', { x: '1', job: 'j' }, steady(1, 20)), one('d', { x: '1' }, steady(1, 20))];
    const query = parseQuery('d / (b{job="j"} or b{job=""})');
    expect(evaluate(query, twice, START_MS)).to.deep.equal([{ labels: { x: '1' }, value: 1 / 8 }]);
    expect(() =>
      evaluate(parseQuery('d / a{y="p"}'), [...twice, one('a', { x: '1', y: 'p' }, [1])], START_MS),
    ).to.throw('more than one series');
  });

  it('lets an alert wait until it has held without a break', () => {
    const rule = { name: '', expr: parseQuery('w > 0'), forMs: 3 * STEP_MS, labels: {}, annotations: {} };
    const held = [one('w', {}, [0, 1, 1, 0, 1, 1, 1, 1])];
    expect(firing(rule, held, 3)).to.have.length(0);
    expect(firing(rule, held, 6)).to.have.length(0);
    expect(firing(rule, held, 7)).to.have.length(1);
  });

  it('knows what docs/metrics.md has', () => {
    const refuses = (query: string, why: string) => expect(() => checkReferences(parseQuery(query))).to.throw(why);
    checkReferences(parseQuery('sum by (result, job) (rate(vigo_checkins_total{result="served"}[5m]))'));
    checkReferences(parseQuery('histogram_quantile(0.9, sum by (le) (rate(vigo_rpc_duration_seconds_bucket[5m])))'));
    refuses('vigo_nothing', 'has no vigo_nothing');
    refuses('vigo_rpc_duration_seconds', 'has no');
    refuses('vigo_envoys_count', 'has no');
    refuses('vigo_envoys{host="x"}', 'has no label host');
    refuses('sum by (host) (vigo_envoys)', 'nothing has the label host');
    refuses('vigo_checkins_total > 1', 'counters are rated');
    refuses('rate(vigo_envoys[5m])', 'counters are rated');
  });
});
