/** Made-up users, sessions, tokens and an audit log. */
import { randomUUID } from 'node:crypto';
import { type Timestamp, timestampFromMs, timestampNow } from '@bufbuild/protobuf/wkt';
import { Role } from '../../../src/gen/vigo/v1/access_pb.js';
import type { ListAuditRequest } from '../../../src/gen/vigo/v1/admin_pb.js';
import type { FixtureFleet } from './fixture-fleet.ts';

const DAY_MS = 86_400_000;

interface FixtureUser {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  readonly createdAt: Timestamp;
  readonly createdBy: string;
  readonly expiresAt?: Timestamp;
  readonly lastUsedAt?: Timestamp;
  revokedAt?: Timestamp;
}

export function createFixtureAccess(fleet: FixtureFleet, role: Role) {
  const { ago } = fleet;
  const users: FixtureUser[] = [
    {
      id: 'u3',
      name: 'deploy-bot',
      role: Role.ADMIN,
      createdAt: ago(DAY_MS * 9),
      createdBy: 'amelie',
      lastUsedAt: ago(840_000),
    },
    {
      id: 'u2',
      name: 'wallboard',
      role: Role.VIEWER,
      createdAt: ago(DAY_MS * 60),
      createdBy: 'amelie',
      expiresAt: ago(-DAY_MS * 30),
    },
    {
      id: 'u1',
      name: 'bob@example.com',
      role: Role.VIEWER,
      createdAt: ago(DAY_MS * 90),
      createdBy: 'admin',
      revokedAt: ago(DAY_MS * 2),
    },
  ];
  const session = (id: string, user: string, method: string, origin: string, current: boolean) => ({
    id,
    user,
    role: current ? role : Role.VIEWER,
    method,
    createdAt: ago(7_200_000),
    expiresAt: ago(-DAY_MS / 2),
    lastUsedAt: ago(current ? 2000 : 1_800_000),
    origin,
    current,
  });
  const sessions = [
    session('s1', 'amelie', 'oidc', '10.1.2.3', true),
    session('s2', 'wallboard', 'token', '10.9.0.7', false),
  ];
  const token = (id: string, uses: number, usesLeft: number, comment: string, endsInMs: number) => ({
    id,
    uses,
    usesLeft,
    createdAt: ago(DAY_MS),
    expiresAt: ago(-endsInMs),
    comment,
    createdBy: 'amelie',
  });
  const tokens: (ReturnType<typeof token> & { revokedAt?: Timestamp })[] = [
    token('4f1c9a', 100, 62, 'rack 7', DAY_MS),
    token('77ab01', 1, 0, '', DAY_MS),
    token('c0ffee', 20, 20, 'laboratory', -DAY_MS),
  ];
  return {
    me: () => ({
      name: 'amelie',
      role,
      credential: 'session',
      expiresAt: ago(-DAY_MS / 2),
      serverRole: 'hub',
      serverVersion: '0.1.0',
      serverHostname: 'hub.example.com',
    }),
    users,
    sessions,
    tokens,
    addUser(name: string, asRole: Role, ttlSeconds: number) {
      const user: FixtureUser = {
        id: randomUUID(),
        name,
        role: asRole,
        createdAt: timestampNow(),
        createdBy: 'amelie',
        ...(ttlSeconds > 0 ? { expiresAt: timestampFromMs(Date.now() + ttlSeconds * 1000) } : {}),
      };
      users.unshift(user);
      return { token: secret(), user };
    },
    addToken(uses: number, ttlSeconds: number, comment: string) {
      const added = token(randomUUID().slice(0, 6), uses || 1, uses || 1, comment, (ttlSeconds || 86_400) * 1000);
      tokens.unshift(added);
      return { token: secret(), id: added.id, expiresAt: added.expiresAt };
    },
    audit: (request: ListAuditRequest) => auditPage(fleet, request),
  };
}

export const secret = (): string => `vigo_${randomUUID().replaceAll('-', '')}${randomUUID().replaceAll('-', '')}`;

const ACTS = [
  ['amelie', 'move.start', 'dc1', 'drain dc1 to dc2, because: new disks on Thursday', '10.1.2.3 (web)', 'ok'],
  ['hub', 'spoke.health', 'dc3', 'suspect to unhealthy: three probes in a row have failed', '', 'ok'],
  ['wallboard', 'spoke.cordon', 'dc1', 'cordon dc1', '10.9.0.7 (web)', 'PERMISSION_DENIED'],
  ['deploy-bot', 'config.publish', '9f2c71d03ab1', '3 files: 2 changed, 1 removed', '10.1.9.9 (cli)', 'ok'],
  ['hub', 'failover.drain', 'dc2', 'failed over to dc1 and dc3', '', 'ok'],
  ['amelie', 'envoy.revoke', 'db7.dc2.example.com', 'revoked', '10.1.2.3 (cli)', 'ok'],
] as const;
const ENTRIES = 730;

function auditPage(fleet: FixtureFleet, request: ListAuditRequest) {
  const limit = request.limit || 100;
  const entries = Array.from({ length: ENTRIES }, (_, i) => {
    const [actor, action, subject, detail, origin, result] = ACTS[i % ACTS.length] ?? ACTS[0];
    const isMove = action === 'move.start' || action === 'failover.drain';
    const envoys = isMove ? fleet.envoys.slice(0, 20).map(({ hostname }) => hostname) : [];
    const envoyCount = isMove ? fleet.envoys.length : 0;
    return {
      seq: ENTRIES - i,
      at: fleet.ago(i * 1_900_000),
      actor,
      action,
      subject,
      detail,
      origin,
      result,
      envoys,
      envoyCount,
    };
  }).filter(
    (entry) =>
      (request.before === 0 || entry.seq < request.before) &&
      (!request.actor || entry.actor === request.actor) &&
      (!request.subject || entry.subject === request.subject) &&
      (!request.action || entry.action === request.action || entry.action.startsWith(`${request.action}.`)),
  );
  return { entries: entries.slice(0, limit), more: entries.length > limit };
}
