/** Tokens that carry the hub's address and its CA's digest. */
import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import fc from 'fast-check';
import { formatPinnedToken, hashToken, parsePinnedToken } from '../../../src/pki/pinned-token.ts';
import { vigoErrorOf } from './errors.ts';

const content = {
  hubUrl: 'https://hub.example.com:8443',
  caDigest: randomBytes(32).toString('hex'),
  secret: randomBytes(24),
};
const joinToken = formatPinnedToken({ kind: 'join', ...content });

describe('pinned tokens', () => {
  it('give back what went in, of both kinds, with spaces around', () => {
    const enrollToken = formatPinnedToken({ kind: 'enroll', ...content });
    expect(joinToken).to.match(/^vigoj_[A-Za-z0-9_-]+$/);
    expect(enrollToken).to.match(/^vigoe_[A-Za-z0-9_-]+$/);
    expect(parsePinnedToken('join', joinToken)).to.deep.equal(content);
    expect(parsePinnedToken('enroll', `  ${enrollToken}\n`)).to.deep.equal(content);
  });

  it('keep only the origin of the URL, also with an IPv6 address and the default port', () => {
    for (const [hubUrl, origin] of [
      ['https://HUB.example.com:8443/', 'https://hub.example.com:8443'],
      ['https://[2001:db8::1]:8443', 'https://[2001:db8::1]:8443'],
      ['https://hub.example.com:443', 'https://hub.example.com'],
    ] as const) {
      const token = formatPinnedToken({ kind: 'join', ...content, hubUrl });
      expect(parsePinnedToken('join', token).hubUrl).to.equal(origin);
    }
  });

  it('are not made for a URL that is no https origin, or for sizes that are not theirs', async () => {
    const wrong = [
      ...['http://hub:8443', 'hub:8443', '', 'https://hub/path', 'https://u:p@hub', 'https://hub?x'].map((hubUrl) => ({
        hubUrl,
      })),
      { hubUrl: `https://${'a'.repeat(300)}.example` },
      { secret: randomBytes(23) },
      { caDigest: 'abc' },
    ];
    for (const change of wrong) {
      const error = await vigoErrorOf(() => formatPinnedToken({ kind: 'join', ...content, ...change }));
      expect(error.code, JSON.stringify(change)).to.equal('INVALID_ARGUMENT');
    }
  });

  it('are refused when cut off at any length', async () => {
    for (let length = 0; length < joinToken.length; length++) {
      const error = await vigoErrorOf(() => parsePinnedToken('join', joinToken.slice(0, length)));
      expect(error.code, `length ${length}`).to.equal('TOKEN_INVALID');
      if (length >= 'vigoj_'.length) expect(error.message).to.match(/cut off or damaged/);
    }
  });

  it('are refused when a character is changed, dropped or added', () => {
    const characters = [...'ABab01_-+/= \n.\0é'];
    fc.assert(
      fc.property(fc.nat(joinToken.length - 1), fc.constantFrom('', ...characters), fc.boolean(), (at, put, insert) => {
        const changed = joinToken.slice(0, at) + put + joinToken.slice(at + (insert ? 0 : 1));
        fc.pre(changed.trim() !== joinToken);
        let parsed: unknown;
        try {
          parsed = parsePinnedToken('join', changed);
        } catch {
          // Refused, as it should be.
        }
        expect(parsed).to.equal(undefined);
      }),
      { numRuns: 300 },
    );
  });

  it('say which kind is needed', async () => {
    const cases: ['join' | 'enroll', string, RegExp][] = [
      [
        'join',
        formatPinnedToken({ kind: 'enroll', ...content }),
        /enrolment token.*not a join token.*spanner join-token/,
      ],
      ['enroll', joinToken, /join token.*not an enrolment token/],
      ['enroll', 'vigo_something', /vigoe_.*tokens create/],
      ['join', ' ', /no join token was given/],
      // Same body under the other prefix.
      ['enroll', joinToken.replace('vigoj_', 'vigoe_'), /cut off or damaged/],
    ];
    for (const [kind, text, message] of cases) {
      const error = await vigoErrorOf(() => parsePinnedToken(kind, text));
      expect(error.code).to.equal('TOKEN_INVALID');
      expect(error.message).to.match(message);
    }
  });

  it('do not repeat the secret in a message', async () => {
    const error = await vigoErrorOf(() => parsePinnedToken('join', joinToken.slice(0, -3)));
    expect(error.message).not.to.contain(joinToken.slice(10, 30));
  });

  it('are stored as a hash that does not depend on spaces around', () => {
    expect(hashToken(joinToken)).to.match(/^[0-9a-f]{64}$/);
    expect(hashToken(` ${joinToken}\n`)).to.equal(hashToken(joinToken));
    expect(hashToken(joinToken)).not.to.equal(hashToken(formatPinnedToken({ kind: 'enroll', ...content })));
  });
});
