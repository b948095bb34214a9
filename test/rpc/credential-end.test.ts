/** A stream ends when the credential of its caller does: on a real listener, with the real users and sessions. */
import { type Client, createClient, type HandlerContext } from '@connectrpc/connect';
import { expect } from 'chai';
import { AdminService, FleetTopic } from '../../src/gen/vigo/v1/admin_pb.js';
import { silentLogger } from '../../src/platform/logger.ts';
import { createApiTransport } from '../../src/rpc/api-transport.ts';
import { type Access, openAccess } from '../../src/server/hub/access/access.ts';
import { createAdminAuth, operatorOf } from '../../src/server/platform/admin-auth.ts';
import { forService } from '../../src/server/platform/for-service.ts';
import { remoteContextValues } from '../../src/server/platform/remote-address.ts';
import { type Database, openDatabase } from '../../src/server/store/database.ts';
import { createMovableClock, type MovableClock } from '../support/movable-clock.ts';
import { failureOf } from '../support/rpc-failure.ts';
import { useServers } from '../support/servers.ts';
import { waitFor } from '../support/wait-for.ts';

const HOUR = 3_600_000;
const MINUTE = 60_000;

describe('an open stream', () => {
  const servers = useServers();
  let database: Database;
  let access: Access;
  let clock: MovableClock;
  /** What became of the handler's signal, in the order of the streams. */
  let handlers: { context: HandlerContext; ended: boolean }[];
  let url: string;

  beforeEach(async () => {
    clock = createMovableClock();
    handlers = [];
    database = await openDatabase({ url: 'sqlite::memory:', dataDir: '.' });
    access = await openAccess({
      config: { sessionTtlMs: 12 * HOUR, sessionIdleMs: 2 * HOUR, oidc: undefined },
      database,
      adminToken: 'vgot_admin',
      audit: { record: async () => {} },
      clock,
      logger: silentLogger,
    });
  });
  afterEach(async () => {
    await access.close();
    await database.destroy();
  });

  const listen = async (heedsSignal = true) => {
    const listener = await servers.start({
      tls: await servers.pki.hub({ ipAddresses: ['127.0.0.1'] }),
      requireClientCert: false,
      contextValues: remoteContextValues,
      interceptors: [forService(AdminService, createAdminAuth(access.authority))],
      routes: (router) =>
        router.service(AdminService, {
          async *watchFleet(_request, context) {
            const handler = { context, ended: false };
            handlers.push(handler);
            context.signal.addEventListener('abort', () => (handler.ended = true));
            yield { topics: [FleetTopic.ENVOYS] };
            await new Promise<void>((resolve) => {
              if (heedsSignal) context.signal.addEventListener('abort', () => resolve());
            });
          },
        }),
    });
    url = `https://${listener.address.text}`;
  };
  const clientWith = (headers: Record<string, string>): Client<typeof AdminService> => {
    const token = headers.authorization?.slice('Bearer '.length);
    const peer = servers.closing(
      createApiTransport({ url, caPem: servers.pki.caPem, ...(token === undefined ? {} : { token }) }),
    );
    return createClient(AdminService, peer.transport);
  };
  const session = async (token: string) => {
    const { secret } = await access.signIn(token, '10.1.2.3');
    return { cookie: `__Host-vigo_session=${secret}`, origin: url };
  };
  /** Opens a stream and waits for its first message; `rest` fails with what ends it. */
  const watch = async (headers: Record<string, string>) => {
    const stream = clientWith(headers).watchFleet({}, { headers, timeoutMs: 0 })[Symbol.asyncIterator]();
    await stream.next();
    return { rest: stream.next() };
  };
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
  const expectEnd = async ({ rest }: { rest: Promise<unknown> }, why: RegExp) => {
    const error = await failureOf(rest, 'the server');
    expect(error.code).to.equal('UNAUTHENTICATED');
    expect(error.message).to.match(why);
    await waitFor('the handler is told', () => handlers.every(({ ended }) => ended));
  };
  const newUser = (name: string, ttlSeconds = 0) => access.users.create({ name, role: 'viewer', ttlSeconds }, 'tester');

  it('of a revoked user ends at once, by token and by session, and nobody else’s does', async () => {
    await listen();
    const [{ token }, other] = [await newUser('alice'), await newUser('bob')];
    const open = [await watch(bearer(token)), await watch(await session(token))];
    const others = await watch(bearer(other.token));
    await access.users.revoke('alice');
    const [byToken, bySession] = await Promise.all(open.map(({ rest }) => failureOf(rest, 'the server')));
    expect(byToken).to.include({ code: 'UNAUTHENTICATED' });
    expect(byToken?.message).to.include('alice was revoked');
    expect(bySession).to.include({ code: 'UNAUTHENTICATED', message: 'the session has ended: sign in again' });
    expect(handlers.map(({ ended }) => ended)).to.deep.equal([true, true, false]);
    await access.users.revoke('bob');
    await expectEnd(others, /bob was revoked/);
  });

  it('ends with its session: by signing out, or by an administrator', async () => {
    await listen();
    const own = await session('vgot_admin');
    const open = await watch(own);
    await access.sessions.leave(own.cookie.split('=')[1] ?? '');
    await expectEnd(open, /sign in again/);
    const again = await watch(await session('vgot_admin'));
    for (const { id } of await access.sessions.list()) await access.sessions.revoke(id);
    await expectEnd(again, /sign in again/);
  });

  it('ends when the token expires', async () => {
    await listen();
    const open = await watch(bearer((await newUser('alice', 60)).token));
    clock.move(59_000);
    expect(handlers[0]?.ended).to.equal(false);
    clock.move(1_500);
    await expectEnd(open, /alice has expired/);
  });

  it('ends when its session was not used for too long, but not as long as it is', async () => {
    await listen();
    const headers = await session('vgot_admin');
    const open = await watch(headers);
    const use = { kind: 'session', hash: Buffer.from((await access.sessions.list())[0]?.hash ?? '', 'hex') } as const;
    for (let times = 0; times < 3; times++) {
      clock.move(2 * HOUR - MINUTE);
      await access.authority.identify(use);
      await access.close();
    }
    expect(handlers[0]?.ended).to.equal(false);
    clock.move(2 * HOUR + 1_000);
    await expectEnd(open, /sign in again/);
  });

  it('ends although its handler does not look', async () => {
    await listen(false);
    const { token } = await newUser('alice');
    const open = await watch(bearer(token));
    await access.users.revoke('alice');
    await expectEnd(open, /alice was revoked/);
  });

  it('says from where and how it was opened', async () => {
    await listen();
    const { token } = await newUser('alice');
    const headers = await session(token);
    for (const each of [bearer(token), headers, bearer('vgot_admin')]) await watch(each);
    const seen = handlers.map(({ context }) => {
      const { name, credential, origin } = operatorOf(context);
      return [name, credential, origin];
    });
    expect(seen).to.deep.equal([
      ['alice', 'token', '127.0.0.1 (api)'],
      ['alice', 'session', '127.0.0.1 (web)'],
      ['admin', 'admin-token', '127.0.0.1 (api)'],
    ]);
  });
});
