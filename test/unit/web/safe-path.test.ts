/** Where one may be led after signing in. */
import { expect } from 'chai';
import fc from 'fast-check';
import { safePath } from '../../../src/server/web/safe-path.ts';

describe('the way on after signing in', () => {
  it('is a path of this server', () => {
    for (const path of ['/', '/envoys', '/envoys?spoke=dc1&x=%2F#top', '/a//b', '/authors', '/q?x=\'"'])
      expect(safePath(path), path).to.equal(path);
  });

  it('is the start for everything else', () => {
    for (const path of [
      ...[null, '', 'envoys', 'https://evil.example.com', '//evil.example.com', '/\\evil.example.com', '\\\\evil'],
      ...['/\t/evil.example.com', '/\n/evil.example.com', '/..//evil.example.com', '/a/../..//evil.example.com'],
      ...['javascript:alert(1)', '/auth/logout', '/x/../auth/oidc/start', '/ä', '/a b', `/${'x'.repeat(1_000)}`],
    ])
      expect(safePath(path), String(path)).to.equal('/');
  });

  it('never leaves this server, whatever is asked for', () => {
    const pieces = fc.array(
      fc.constantFrom('/', '\\', '.', '..', ':', '@', '?', '#', '%', 'a', '//', 'https:', '\t', '\n', ' '),
    );
    fc.assert(
      fc.property(pieces, (parts) => {
        const url = new URL(safePath(parts.join('')), 'https://here.example.com:8443/auth/oidc/callback');
        expect(url.origin).to.equal('https://here.example.com:8443');
        expect(url.pathname.startsWith('//')).to.equal(false);
      }),
      { numRuns: 2_000 },
    );
  });
});
