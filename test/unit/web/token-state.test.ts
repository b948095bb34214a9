// Which tokens can still be used.
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { expect } from 'chai';
import { tokenState, userState } from '../../../web/src/lib/token-state.ts';

const now = Date.parse('2026-03-01T12:00:00Z');
const later = timestampFromMs(now + 1000);
const before = timestampFromMs(now - 1000);

describe('tokens', () => {
  it('are usable until they are revoked, used up or expired', () => {
    expect(tokenState({ usesLeft: 1, expiresAt: later }, now)).to.equal('usable');
    expect(tokenState({ usesLeft: 1, expiresAt: before }, now)).to.equal('expired');
    expect(tokenState({ usesLeft: 0, expiresAt: before }, now)).to.equal('used up');
    expect(tokenState({ usesLeft: 0, expiresAt: later, revokedAt: before }, now)).to.equal('revoked');
  });

  it('of users may last for ever', () => {
    expect(userState({}, now)).to.equal('active');
    expect(userState({ expiresAt: before }, now)).to.equal('expired');
    expect(userState({ revokedAt: before }, now)).to.equal('revoked');
  });
});
