/** AdminService over a made-up fleet. */
import { setTimeout as sleep } from 'node:timers/promises';
import { timestampFromMs, timestampNow } from '@bufbuild/protobuf/wkt';
import { Code, ConnectError, type ServiceImpl } from '@connectrpc/connect';
import picomatch from 'picomatch';
import { Role } from '../../../src/gen/vigo/v1/access_pb.js';
import { type AdminService, FleetTopic, SyncOutcome } from '../../../src/gen/vigo/v1/admin_pb.js';
import { type EnvoyFilter, EnvoySort } from '../../../src/gen/vigo/v1/types_pb.js';
import { createFixtureAccess, secret } from './fixture-access.ts';
import { CURRENT, DIFF, versionsOf } from './fixture-config.ts';
import { envoyMessage } from './fixture-envoys.ts';
import type { FixtureFleet } from './fixture-fleet.ts';
import { createFixtureMoves } from './fixture-moves.ts';
import { historyMessage, overviewMessage } from './fixture-overview.ts';
import { resultMessages, runMessage } from './fixture-runs.ts';
import { failoverMessage, spokeMessage } from './fixture-spokes.ts';

export interface FixtureServiceOptions {
  readonly fleet: FixtureFleet;
  readonly role: Role;
  /** Moves that have been or go on. */
  readonly history: boolean;
}

const ALIVE_MS = 15_000;
const notFound = (what: string) => new ConnectError(`no ${what}`, Code.NotFound);

export function createFixtureService(options: FixtureServiceOptions): Partial<ServiceImpl<typeof AdminService>> {
  const { fleet, role, history } = options;
  const moves = createFixtureMoves(fleet, { history });
  const access = createFixtureAccess(fleet, role);

  const spokeOf = (id: string) => {
    const spoke = fleet.spokes.find((each) => each.id === id);
    if (!spoke) throw notFound(`spoke "${id}"; known spokes: ${fleet.spokes.map((each) => each.id).join(', ')}`);
    return spoke;
  };
  const envoyOf = (name: string) => {
    const envoy = fleet.envoys.find(({ id, hostname }) => id === name || hostname === name);
    if (!envoy) throw notFound(`envoy "${name}"`);
    return envoy;
  };
  const matching = (filter: EnvoyFilter | undefined) => {
    const matches = filter?.hostname ? picomatch(filter.hostname, { dot: true, nocase: true }) : () => true;
    return fleet.envoys.filter(
      ({ hostname, spoke, status }) =>
        (!filter?.spoke || filter.spoke === spoke) &&
        (!filter?.statuses.length || filter.statuses.includes(status)) &&
        matches(hostname),
    );
  };
  const warnings = () =>
    fleet.spokes
      .filter(({ dead }) => dead)
      .map(({ id }) => ({ spoke: id, code: 'unhealthy', message: 'three probes in a row have failed' }));
  const onlyAdmins = () => {
    if (role !== Role.ADMIN) throw new ConnectError('only for admins', Code.PermissionDenied);
  };
  const published = (version: string) => ({
    version: versionsOf(fleet).find((each) => each.version === version) ?? { version },
    unchanged: version === CURRENT,
    spokes: fleet.spokes.map(({ id, dead }) => ({
      spoke: id,
      outcome: dead ? SyncOutcome.SKIPPED : SyncOutcome.SYNCED,
      reason: dead ? 'it does not answer: it is given it when it does' : '',
      durationMs: 118,
    })),
  });

  return {
    getMe: () => access.me(),
    getOverview: () => overviewMessage(fleet, moves.moves),
    getFleetHistory: (request) => ({ points: historyMessage(fleet, request) }),
    async *watchFleet(_, { signal }) {
      yield { topics: Object.values(FleetTopic).filter((topic): topic is FleetTopic => Number(topic) > 0) };
      while (!signal.aborted) {
        await sleep(ALIVE_MS, undefined, { signal, ref: false }).catch(() => {});
        yield { topics: [] };
      }
    },
    listEnvoys: ({ filter, sort, descending, cursor, limit }) => {
      const rows = matching(filter);
      if (sort === EnvoySort.ENROLLED_AT) rows.sort((a, b) => a.enrolledAtMs - b.enrolledAtMs);
      if (descending) rows.reverse();
      const start = Number(cursor || 0);
      const end = start + (limit || 100);
      return {
        envoys: rows.slice(start, end).map(envoyMessage),
        total: rows.length,
        complete: warnings().length === 0,
        nextCursor: end < rows.length ? String(end) : '',
        warnings: warnings(),
      };
    },
    getEnvoy: ({ envoy: name }) => {
      const envoy = envoyOf(name);
      return {
        envoy: envoyMessage(envoy),
        ...(envoy.stale
          ? { warnings: warnings() }
          : {
              traits: {
                hostname: envoy.hostname,
                os: { name: 'Debian GNU/Linux', release: '13.1', kernel: '6.12.48-amd64' },
                cpu: { model: 'AMD EPYC 9354P', cores: 32 },
                memory: { total_mib: 131_072, swap_mib: 0 },
                network: {
                  addresses: ['10.1.4.17', 'fd00:1:4::17'],
                  interfaces: [{ name: 'eno1', mac: '3c:ec:ef:12:9a:01', mtu: 9000 }],
                },
                environment: 'production',
              },
            }),
        placements: Array.from({ length: envoy.epoch }, (_, i) => ({
          spoke: i === 0 ? envoy.spoke : i % 2 === 1 ? 'dc2' : 'dc1',
          epoch: envoy.epoch - i,
          at: timestampFromMs(envoy.enrolledAtMs + (envoy.epoch - 1 - i) * 86_400_000),
          reason: i === envoy.epoch - 1 ? 'enrolled' : i === 0 ? 'rebalance' : 'failover',
          moveId: i === envoy.epoch - 1 ? '' : (moves.moves[2]?.id ?? ''),
        })),
        recentRuns: Array.from({ length: 10 }, (_, back) => runMessage(fleet, envoy, back)),
      };
    },
    revokeEnvoy: ({ envoy: name }) => {
      onlyAdmins();
      const { id, hostname, stale } = envoyOf(name);
      fleet.envoys = fleet.envoys.filter((each) => each.id !== id);
      return { id, hostname, delivered: !stale };
    },
    getSpannerStatus: () => ({
      role: 'hub',
      spokes: fleet.spokes.map((spoke) => spokeMessage(fleet, spoke)),
      unplaced: warnings().length > 0 ? 4 : 0,
      failover: failoverMessage(fleet),
      warnings: warnings(),
    }),
    getSpoke: ({ id }) => {
      const spoke = spokeOf(id);
      const envoys = fleet.envoys.filter((envoy) => envoy.spoke === id).slice(0, 100);
      return {
        spoke: spokeMessage(fleet, spoke),
        envoys: envoys.map(envoyMessage),
        warnings: spoke.dead ? warnings() : [],
        recentRuns: envoys.slice(0, 12).map((envoy, i) => runMessage(fleet, envoy, i % 3)),
      };
    },
    startMove: (request) => {
      onlyAdmins();
      if (request.from) spokeOf(request.from);
      if (request.to && spokeOf(request.to).dead)
        throw new ConnectError(`${request.to} does not answer`, Code.FailedPrecondition);
      return { move: moves.start(request) };
    },
    getMove: ({ id }) => ({ move: moves.find(id) }),
    listMoves: ({ before, limit }) => {
      const start = before ? moves.moves.findIndex(({ id }) => id === before) + 1 : 0;
      return { moves: moves.moves.slice(start, start + (limit || 50)) };
    },
    watchMove: ({ id }) => moves.watch(id),
    cancelMove: ({ id }) => ({ move: moves.cancel(id) }),
    cordonSpoke: ({ id }) => {
      onlyAdmins();
      const spoke = spokeOf(id);
      spoke.cordoned = true;
      return { spoke: spokeMessage(fleet, spoke) };
    },
    uncordonSpoke: ({ id }) => {
      onlyAdmins();
      const spoke = spokeOf(id);
      spoke.cordoned = false;
      return { spoke: spokeMessage(fleet, spoke) };
    },
    listRuns: ({ envoy, spoke, cursor, limit }) => {
      const start = Number(cursor || 0);
      const of = envoy ? [envoyOf(envoy)] : fleet.envoys.filter((each) => !spoke || each.spoke === spoke).slice(0, 200);
      const runs = Array.from({ length: limit || 20 }, (_, i) => start + i).flatMap((i) => {
        const one = of[i % of.length];
        return one && i < 90 ? [runMessage(fleet, one, Math.floor(i / of.length))] : [];
      });
      const next = start + runs.length;
      return {
        runs,
        complete: warnings().length === 0,
        nextCursor: next < 90 ? String(next) : '',
        warnings: warnings(),
      };
    },
    getRun: ({ id }) => {
      const [envoyId = '', back = '0'] = id.split('.');
      const run = runMessage(fleet, envoyOf(envoyId), Number(back));
      return { run: { ...run, results: resultMessages(run) } };
    },
    getConfigStatus: () => ({
      ...(fleet.envoys.length > 0 ? { current: versionsOf(fleet)[0] } : {}),
      spokes: fleet.spokes.map(({ id, behind, dead }) => ({
        spoke: id,
        version: behind ? (versionsOf(fleet)[1]?.version ?? '') : CURRENT,
        behind,
        online: !dead,
        reason: behind ? 'it refused it: no space left on its disk; tried again in 4 minutes' : '',
      })),
    }),
    listConfigHistory: ({ before, limit }) => ({
      versions: (fleet.envoys.length > 0 ? versionsOf(fleet) : [])
        .filter(({ number }) => before === 0 || number < before)
        .slice(0, limit || 20),
    }),
    diffConfig: ({ from, to }) => ({ from, to: to || CURRENT, files: DIFF, filesChanged: DIFF.length }),
    rollbackConfig: ({ version }) => {
      onlyAdmins();
      return { published: published(version) };
    },
    listAudit: (request) => access.audit(request),
    verifyAudit: async () => {
      await sleep(400);
      return { intact: true, entries: 730, firstBad: 0, problem: '', head: CURRENT };
    },
    getLicense: () => ({
      customer: 'Acme Industries',
      tier: 'enterprise',
      envoys: fleet.envoys.length > 1000 ? 120_000 : 20,
      envoysUsed: fleet.envoys.length,
      expiresAt: fleet.ago(-86_400_000 * 21),
      evaluation: true,
      fingerprint: 'VF1-7Q3K-M2PX-9WDA-H4TB',
      fingerprints: ['VF1-7Q3K-M2PX-9WDA-H4TB', 'VF1-P0LZ-88QN-5RSE-J6VC'],
    }),
    createJoinToken: ({ spokeId, ttlSeconds }) => {
      spokeOf(spokeId);
      return { token: secret(), expiresAt: timestampFromMs(Date.now() + (ttlSeconds || 3600) * 1000) };
    },
    createEnrollmentToken: ({ uses, ttlSeconds, comment }) => access.addToken(uses, ttlSeconds, comment),
    listEnrollmentTokens: () => ({ tokens: access.tokens }),
    revokeEnrollmentToken: ({ id }) => {
      const token = access.tokens.find((each) => each.id === id);
      if (!token) throw notFound(`token "${id}"`);
      token.revokedAt = timestampNow();
      return { token };
    },
    createUser: ({ name, role: asRole, ttlSeconds }) => {
      if (access.users.some((user) => user.name === name && !user.revokedAt)) {
        throw new ConnectError(`there is a user "${name}" already`, Code.AlreadyExists);
      }
      return access.addUser(name, asRole, ttlSeconds);
    },
    listUsers: () => {
      onlyAdmins();
      return { users: access.users };
    },
    revokeUser: ({ user: name }) => {
      const user = access.users.find((each) => each.id === name || each.name === name);
      if (!user) throw notFound(`user "${name}"`);
      user.revokedAt = timestampNow();
      return { user, sessionsEnded: 1 };
    },
    listSessions: () => ({ sessions: access.sessions }),
    revokeSession: ({ id }) => {
      const index = access.sessions.findIndex((each) => each.id === id);
      const [session] = access.sessions.splice(index, 1);
      return session ? { session } : {};
    },
  };
}
