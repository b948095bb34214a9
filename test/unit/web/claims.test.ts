/** From what an identity provider says to a name and a role here. */
import { expect } from 'chai';
import { accountOfClaims, type Claims, claimAt } from '../../../src/server/web/oidc/claims.ts';

const RULES = { roleClaim: 'roles', adminValues: ['root'], viewerValues: ['staff'], nameClaim: 'preferred_username' };
const roleOf = (claims: Claims, rules: Partial<typeof RULES> = {}) =>
  accountOfClaims(claims, { ...RULES, ...rules }).role;
const nameOf = (claims: Claims) => accountOfClaims(claims, RULES).name;

describe('claims', () => {
  it('give a role by one of their values, the greater one of two', () => {
    expect(roleOf({ roles: ['x', 'staff'] })).to.equal('viewer');
    expect(roleOf({ roles: ['staff', 'root'] })).to.equal('admin');
    expect(roleOf({ roles: 'root' })).to.equal('admin');
    expect(roleOf({ roles: 'root' }, { adminValues: [], viewerValues: ['root'] })).to.equal('viewer');
  });

  it('give none by anything else', () => {
    for (const roles of [undefined, null, 1, true, {}, { root: true }, [], ['Root'], [['root']], 'root staff', ''])
      expect(roleOf({ roles }), JSON.stringify(roles)).to.equal(undefined);
    expect(roleOf({ roles: ['undefined'] }, { adminValues: [], viewerValues: [] })).to.equal(undefined);
  });

  it('are found by their name, or where its dots lead, and never in what all objects have', () => {
    expect(claimAt({ realm: { roles: ['root'] } }, 'realm.roles')).to.deep.equal(['root']);
    expect(claimAt({ 'https://x.example/roles': 1, https: 2 }, 'https://x.example/roles')).to.equal(1);
    expect(claimAt({ 'realm.roles': 1, realm: { roles: 2 } }, 'realm.roles')).to.equal(1);
    for (const path of ['constructor', '__proto__.constructor', 'realm.length', 'realm.roles.0.x', 'none.at.all'])
      expect(claimAt({ realm: 'text' }, path), path).to.equal(undefined);
  });

  it('give a name that no user with a token can have', () => {
    expect(nameOf({ preferred_username: 'alice', email: 'a@example.com', sub: '1' })).to.equal('oidc:alice');
    expect(nameOf({ preferred_username: ' ', email: 'a@example.com', sub: '1' })).to.equal('oidc:a@example.com');
    expect(nameOf({ preferred_username: 7, sub: '1' })).to.equal('oidc:1');
    expect(nameOf({})).to.equal('oidc:unknown');
  });

  it('cannot paint a terminal, break a line or fill a log with a name', () => {
    expect(nameOf({ preferred_username: '\u001b[31mal\nice\u202e\u2028' })).to.equal('oidc:[31malice');
    expect(nameOf({ preferred_username: 'x'.repeat(10_000) })).to.have.length('oidc:'.length + 200);
  });
});
