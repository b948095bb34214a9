import { expect } from 'chai';
import fc from 'fast-check';
import { compilePattern } from '../../../src/fleet/patterns.ts';
import { thrownCode } from '../../support/rpc-failure.ts';

describe('a host name pattern', () => {
  const cases: [pattern: string, matches: string[], others: string[]][] = [
    ['*', ['a', 'web1.dc1.example.com', '.hidden'], []],
    ['**', ['a', 'a.b'], []],
    ['*.dc1.*', ['web3.rack7.dc1.example.com', 'a.dc1.b'], ['dc1.b', 'web.dc10.b', 'a.dc1']],
    ['web?', ['web1', 'webx'], ['web', 'web12']],
    ['web[1-3].*', ['web1.x', 'web3.x.y'], ['web4.x', 'web1']],
    ['web[!1]', [], []],
    ['{web,db}*.dc1', ['web7.dc1', 'db.dc1'], ['mail.dc1']],
    ['WEB*', ['web1', 'WEB1'], ['db']],
    ['web1.dc1', ['web1.dc1'], ['web1xdc1', 'web1.dc11', 'xweb1.dc1']],
    ['a.*', ['a.b'], ['a', 'ab']],
  ];
  for (const [pattern, matches, others] of cases) {
    if (pattern.includes('!')) continue;
    it(`${pattern} matches what it should, and nothing else`, () => {
      const test = compilePattern(pattern);
      for (const name of matches) expect(test(name), name).to.equal(true);
      for (const name of others) expect(test(name), name).to.equal(false);
    });
  }

  const refused = [
    '',
    '!web*',
    'web[!1]',
    '!(a)',
    '@(a|b)',
    '+(a)',
    'a|b',
    'a/b',
    'a\\b',
    '*a*b*c*',
    '{a,b}{c,d}',
    '{a,b',
    '[a',
    'x'.repeat(254),
  ];
  for (const pattern of refused) {
    it(`${JSON.stringify(pattern.slice(0, 20))} is refused`, () => {
      expect(thrownCode(() => compilePattern(pattern))).to.equal('INVALID_PATTERN');
    });
  }

  it('never takes long, whatever the pattern and however long the name', () => {
    const piece = fc.constantFrom('*', '?', 'a', 'aa', '.', 'a.', '[ab]', '[a-z]', '{a,aa}', '-');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), fc.constantFrom('a', 'a.', 'ab', 'a-'), (pieces, unit) => {
        let test: ReturnType<typeof compilePattern>;
        try {
          test = compilePattern(pieces.join(''));
        } catch {
          return;
        }
        const name = `${unit.repeat(253)}`.slice(0, 252);
        const begun = process.threadCpuUsage();
        for (const candidate of [name, `${name}!`, `${name}b`]) test(candidate);
        const { user, system } = process.threadCpuUsage(begun);
        // A tenth of a second of this thread's own for three matches, however busy the machine is: a runaway expression takes seconds.
        expect((user + system) / 1000, pieces.join('')).to.be.below(100);
      }),
      { numRuns: 300 },
    );
  });
});
