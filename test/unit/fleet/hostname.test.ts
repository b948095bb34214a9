import { expect } from 'chai';
import fc from 'fast-check';
import { normalizeHostname } from '../../../src/fleet/hostname.ts';
import { thrownCode } from '../../support/rpc-failure.ts';

describe('a host name', () => {
  const good: [string, string][] = [
    ['web1.dc1.example.com', 'web1.dc1.example.com'],
    ['WEB1.Example.COM', 'web1.example.com'],
    ['web1.example.com.', 'web1.example.com'],
    ['  web1 ', 'web1'],
    ['my_host-2', 'my_host-2'],
    ['10.0.0.1', '10.0.0.1'],
    [`${'a'.repeat(63)}.b`, `${'a'.repeat(63)}.b`],
    [`${'a.'.repeat(126)}b`, `${'a.'.repeat(126)}b`],
  ];
  for (const [input, canonical] of good) {
    it(`${JSON.stringify(input.slice(0, 30))} is accepted`, () => {
      expect(normalizeHostname(input)).to.equal(canonical);
    });
  }

  const bad = [
    '',
    '.',
    '..',
    'a..b',
    '-a',
    'a-',
    'a.-b',
    'ä.example.com',
    'a b',
    'a/b',
    'a*',
    'a\nb',
    'a\0',
    `${'a'.repeat(64)}.b`,
    `${'a.'.repeat(127)}b`,
  ];
  for (const input of bad) {
    it(`${JSON.stringify(input.slice(0, 30))} is refused`, () => {
      expect(thrownCode(() => normalizeHostname(input))).to.equal('INVALID_HOSTNAME');
    });
  }

  it('is its own canonical form once it has been made canonical', () => {
    fc.assert(
      fc.property(fc.domain(), (domain) => {
        const once = normalizeHostname(domain);
        expect(normalizeHostname(once)).to.equal(once);
        expect(once).to.equal(once.toLowerCase());
      }),
    );
  });

  it('is told from any other text without fault or delay', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 400, unit: 'binary' }), (text) => {
        let canonical: string | undefined;
        try {
          canonical = normalizeHostname(text);
        } catch {
          return;
        }
        expect(canonical).to.match(/^[a-z0-9_.-]{1,253}$/);
      }),
    );
  });
});
