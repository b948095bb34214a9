/** Users and sessions, over every engine; called by the store suite. */
import { expect } from 'chai';
import type { Database } from '../../src/server/store/database.ts';
import { createSessionRepository, type SessionRow } from '../../src/server/store/session-repository.ts';
import { createUserRepository, type UserRow } from '../../src/server/store/user-repository.ts';
import { codeOf } from '../support/rpc-failure.ts';

const NOW = 1_800_000_000_000;

const user = (name: string, more: Partial<UserRow> = {}): UserRow => ({
  id: `id of ${name}`,
  name,
  role: 'viewer',
  token_hash: `token of ${name}`,
  created_at: NOW,
  created_by: 'tester',
  expires_at: null,
  last_used_at: null,
  revoked_at: null,
  ...more,
});

const session = (id: string, more: Partial<SessionRow> = {}): SessionRow => ({
  id,
  hash: `hash of ${id}`,
  user_name: 'alice',
  role: 'viewer',
  method: 'token',
  source: 'token of alice',
  created_at: NOW,
  expires_at: NOW + 1_000,
  last_used_at: NOW,
  origin: '10.1.2.3',
  ...more,
});

/** Inside `describe`; `db` gives a new, empty database for each test. */
export function describeAccess(db: () => Database): void {
  const users = () => createUserRepository(db());
  const sessions = () => createSessionRepository(db());
  const nothingEnds = { expiredAt: 0, unusedSince: 0 };
  const begin = (row: SessionRow, ended = nothingEnds, most = 9) => sessions().begin(row, ended, most);
  const ids = async (ended = nothingEnds) => (await sessions().list(ended, 9)).map(({ id }) => id);

  describe('users', () => {
    it('are listed newest first, as they were written', async () => {
      const rows = [user('alice', { expires_at: NOW + 9 }), user('bob', { role: 'admin', created_at: NOW + 1 })];
      for (const row of rows) await users().create(row);
      expect(await users().list(9)).to.deep.equal(rows.toReversed());
      expect(await users().list(1)).to.deep.equal([rows[1]]);
    });

    it('have names of their own, whatever the case, until they are revoked', async () => {
      await users().create(user('alice'));
      const second = user('Alice', { id: 'second', token_hash: 'second token' });
      expect(await codeOf(users().create(second))).to.equal('USER_EXISTS');
      await users().revoke('id of alice', NOW);
      await users().create(second);
      expect((await users().find('ALICE'))?.id).to.equal('second');
      expect((await users().find('id of alice'))?.revoked_at).to.equal(NOW);
      expect(await users().find('nobody')).to.equal(undefined);
    });

    it('are found by their token, also when it is good no more', async () => {
      await users().create(user('alice'));
      await users().touch('token of alice', NOW + 5);
      await users().revoke('id of alice', NOW + 6);
      expect(await users().findByToken('token of alice')).to.deep.equal(
        user('alice', { last_used_at: NOW + 5, revoked_at: NOW + 6 }),
      );
      expect(await users().findByToken('token of bob')).to.equal(undefined);
    });

    it('lose all their sessions and nobody else’s when they are revoked, once', async () => {
      await users().create(user('alice'));
      for (const row of [session('a'), session('b'), session('c', { source: 'token of bob' })]) await begin(row);
      const { user: revoked, sessions: ended } = await users().revoke('id of alice', NOW + 1);
      expect(revoked.revoked_at).to.equal(NOW + 1);
      expect(ended.toSorted()).to.deep.equal(['hash of a', 'hash of b']);
      expect(await ids()).to.deep.equal(['c']);
      const again = await users().revoke('id of alice', NOW + 2);
      expect(again.user.revoked_at).to.equal(NOW + 1);
      expect(again.sessions).to.deep.equal([]);
    });
  });

  describe('sessions', () => {
    it('are found by the hash of their cookie, with the user whose token they were begun with', async () => {
      await users().create(user('alice', { expires_at: NOW + 9 }));
      await begin(session('a'));
      await begin(session('b', { source: 'https://idp.example.com', method: 'oidc' }));
      expect(await sessions().find('hash of a')).to.deep.equal({
        session: session('a'),
        user: { id: 'id of alice', expiresAt: NOW + 9, revokedAt: null },
      });
      expect((await sessions().find('hash of b'))?.user).to.equal(undefined);
      expect(await sessions().find('hash of c')).to.equal(undefined);
    });

    it('that have ended by themselves are not listed, and go when another begins', async () => {
      await begin(session('old', { expires_at: NOW }));
      await begin(session('idle', { last_used_at: NOW - 100 }));
      await begin(session('good', { created_at: NOW + 1 }));
      const ended = { expiredAt: NOW, unusedSince: NOW - 100 };
      expect(await ids(ended)).to.deep.equal(['good']);
      await begin(session('new', { created_at: NOW + 2 }), ended);
      expect(await ids()).to.deep.equal(['new', 'good']);
    });

    it('of one user are bounded: the oldest end', async () => {
      await begin(session('other', { source: 'another token' }));
      for (const n of [1, 2]) expect(await begin(session(`s${n}`, { created_at: NOW + n }))).to.deep.equal([]);
      expect(await begin(session('s3', { created_at: NOW + 3 }), nothingEnds, 2)).to.deep.equal(['hash of s1']);
      expect(await ids()).to.deep.equal(['s3', 's2', 'other']);
    });

    it('end once, by their id or by their cookie', async () => {
      for (const id of ['a', 'b']) await begin(session(id));
      expect((await sessions().end({ id: 'a' }))?.hash).to.equal('hash of a');
      expect(await sessions().end({ id: 'a' })).to.equal(undefined);
      expect((await sessions().end({ hash: 'hash of b' }))?.id).to.equal('b');
      expect(await ids()).to.deep.equal([]);
    });

    it('that live by nothing any more can be ended together', async () => {
      await users().create(user('alice'));
      await begin(session('alice'));
      await begin(session('admin', { source: 'admin token' }));
      await begin(session('old admin', { source: 'old admin token' }));
      await begin(session('oidc', { source: 'https://idp.example.com', method: 'oidc' }));
      await sessions().keepOnly(['admin token']);
      expect((await ids()).toSorted()).to.deep.equal(['admin', 'alice']);
    });
  });
}
