/** The reader of /metrics that other tests rely on refuses what a scraper might. */
import { expect } from 'chai';
import { parseExposition } from '../../support/exposition.ts';

const COUNTER = '# HELP a_total An a.\n# TYPE a_total counter\n';
const HISTOGRAM = '# HELP h_seconds An h.\n# TYPE h_seconds histogram\n';

describe('reading the exposition format', () => {
  it('gives families with their samples', () => {
    const families = parseExposition(
      `${COUNTER}a_total{x="q\\"\\\\\\n",y="é"} 3\n\n# HELP g G \\\\ \\n.\n# TYPE g gauge\ng -1.5e-7\n`,
    );
    expect(families.get('a_total')?.samples).to.deep.equal([
      { name: 'a_total', labels: { x: 'q"\\\n', y: 'é' }, value: 3 },
    ]);
    expect(families.get('g')).to.deep.include({ type: 'gauge', help: 'G \\ \n.' });
    expect(families.get('g')?.samples[0]?.value).to.equal(-1.5e-7);
  });

  it('gives histograms whose lines agree', () => {
    const lines = [
      'h_seconds_bucket{m="x",le="0.1"} 1',
      'h_seconds_bucket{m="x",le="+Inf"} 3',
      'h_seconds_sum{m="x"} 2.5',
      'h_seconds_count{m="x"} 3',
    ];
    expect(parseExposition(`${HISTOGRAM}${lines.join('\n')}\n`).get('h_seconds')?.samples).to.have.length(4);
    const broken: Record<string, (line: string, i: number) => string[]> = {
      'no bucket "+Inf"': (line, i) => (i === 1 ? [] : [line]),
      'counts less': (line, i) => [i === 0 ? line.replace(' 1', ' 5') : line],
      'not its last bucket': (line, i) => [i === 3 ? line.replace(' 3', ' 4') : line],
      '0 lines _sum': (line, i) => (i === 2 ? [] : [line]),
      'do not ascend': (line, i) => [i === 0 ? line.replace('0.1', '+Inf') : line],
      'away from its HELP': (line, i) => [i === 0 ? line.replace('_bucket', '') : line],
    };
    for (const [why, change] of Object.entries(broken))
      expect(() => parseExposition(`${HISTOGRAM}${lines.flatMap(change).join('\n')}\n`), why).to.throw();
  });

  const refused: Record<string, string> = {
    'the last line has no end': `${COUNTER}a_total 1`,
    'a sample away': 'a_total 1\n',
    'TYPE without its HELP': '# TYPE a_total counter\n',
    'HELP but no TYPE': '# HELP a_total An a.\n# HELP b B.\n',
    'says nothing': '# HELP a_total \n',
    'a second HELP': `${COUNTER}${COUNTER}`,
    'unknown type': '# HELP a_total An a.\n# TYPE a_total number\n',
    'does not end with _total': '# HELP a An a.\n# TYPE a counter\na 1\n',
    'ends with _total': '# HELP a_total An a.\n# TYPE a_total gauge\n',
    'is -1': `${COUNTER}a_total -1\n`,
    'not a number': `${COUNTER}a_total 1x\n`,
    'no value': `${COUNTER}a_total\n`,
    'no label name': `${COUNTER}a_total{} 1\n`,
    'label x twice': `${COUNTER}a_total{x="1",x="2"} 1\n`,
    'no value of x': `${COUNTER}a_total{x="a"b"} 1\n`.replace('"a"b"', 'a'),
    'labels do not end': `${COUNTER}a_total{x="a"b"} 1\n`,
    'unknown escape': `${COUNTER}a_total{x="\\t"} 1\n`,
    twice: `${COUNTER}a_total{x="1",y="2"} 1\na_total{y="2",x="1"} 1\n`,
    'a comment': '# nothing\n',
  };
  for (const [why, text] of Object.entries(refused)) {
    it(`refuses: ${why}`, () => {
      expect(() => parseExposition(text)).to.throw(why);
    });
  }
});
