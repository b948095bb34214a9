// The shapes that people script against: see "JSON" in the README.
import { create } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { expect } from 'chai';
import { envoyDetailJson, envoyListJson, envoyTableJson } from '../../../src/cli/json/envoy.ts';
import { licenseJson } from '../../../src/cli/json/license.ts';
import { leftEnvoysBehind, moveJson } from '../../../src/cli/json/move.ts';
import { spannerStatusJson, spokeDetailJson } from '../../../src/cli/json/spoke.ts';
import { enrollmentTokenJson } from '../../../src/cli/json/token.ts';
import { userJson } from '../../../src/cli/json/user.ts';
import { Role, UserSchema } from '../../../src/gen/vigo/v1/access_pb.js';
import {
  EnrollmentTokenSchema,
  GetEnvoyResponseSchema,
  GetLicenseResponseSchema,
  GetSpannerStatusResponseSchema,
  GetSpokeResponseSchema,
  ListEnvoysResponseSchema,
  MoveReason,
  MoveSchema,
  MoveState,
  SpokeEligibility,
  SpokeHealth,
  SpokeSchema,
} from '../../../src/gen/vigo/v1/admin_pb.js';
import { EnvoyDrift, EnvoySchema, EnvoyStatus } from '../../../src/gen/vigo/v1/types_pb.js';
import { createEnvoyTableBuilder } from '../../../src/rpc/envoy-table.ts';

const ISO = '2026-01-01T00:00:00.000Z';
const AT = timestampFromDate(new Date(ISO));

const ENVOY = create(EnvoySchema, {
  id: '0d6f0a3e-0000-4000-8000-000000000001',
  hostname: 'web3.dc1.example.com',
  spoke: 'dc1',
  epoch: 1,
  status: EnvoyStatus.CONVERGED,
  drift: EnvoyDrift.NONE,
  reachable: true,
  lastSeenAt: AT,
  enrolledAt: AT,
  configVersion: 'c0ffee',
});
const ENVOY_JSON = {
  id: '0d6f0a3e-0000-4000-8000-000000000001',
  hostname: 'web3.dc1.example.com',
  spoke: 'dc1',
  epoch: 1,
  status: 'converged',
  drift: 'none',
  reachable: true,
  lastSeenAt: ISO,
  enrolledAt: ISO,
  configVersion: 'c0ffee',
  stale: false,
};
const SPOKE = create(SpokeSchema, {
  id: 'dc1',
  addr: 'spoke1.example.com:1530',
  patterns: ['*.dc1.*'],
  online: true,
  health: SpokeHealth.HEALTHY,
  eligibility: SpokeEligibility.ELIGIBLE,
  envoyCount: 2,
  latency: { lastMs: 1.23456, p50Ms: 1.1, p99Ms: 3 },
  lastProbeAt: AT,
  lastReportAt: AT,
  configVersion: 'c0ffee',
  compliance: { converged: 2 },
  hubAddress: 'hub.example.com:1530',
  load: { checkinsPerSecond: 1.5 },
});
const SPOKE_JSON = {
  id: 'dc1',
  addr: 'spoke1.example.com:1530',
  patterns: ['*.dc1.*'],
  status: 'online',
  health: 'healthy',
  eligibility: 'eligible',
  envoyCount: 2,
  latencyMs: { last: 1.235, p50: 1.1, p99: 3 },
  lastProbeAt: ISO,
  lastReportAt: ISO,
  configVersion: 'c0ffee',
  reason: null,
  compliance: { converged: 2, relapsed: 0, diverged: 0, degraded: 0, failed: 0, offline: 0, no_data: 0 },
  healthSince: null,
  pendingNotices: 0,
  hubAddr: 'hub.example.com:1530',
  load: { checkinsPerSecond: 1.5, refusedPerSecond: 0 },
};

describe('envoys in JSON', () => {
  it('have the shape of the contract', () => {
    const response = create(ListEnvoysResponseSchema, {
      envoys: [ENVOY],
      total: 3,
      complete: true,
      warnings: [{ spoke: 'dc1', code: 'unavailable', message: 'connection refused' }],
    });
    expect(envoyListJson(response)).to.deep.equal({
      envoys: [ENVOY_JSON],
      total: 3,
      complete: true,
      nextCursor: null,
      warnings: [{ spoke: 'dc1', code: 'unavailable', message: 'connection refused' }],
    });
  });

  it('are null where something is absent', () => {
    const { envoys, nextCursor, warnings } = envoyListJson(
      create(ListEnvoysResponseSchema, {
        envoys: [{ ...ENVOY, lastSeenAt: undefined, configVersion: '', status: EnvoyStatus.NO_DATA, stale: true }],
        nextCursor: 'abc',
        warnings: [{ code: 'clock', message: 'the clock jumped' }],
      }),
    );
    expect(envoys[0]).to.include({ lastSeenAt: null, configVersion: null, status: 'no_data', stale: true });
    expect(nextCursor).to.equal('abc');
    expect(warnings[0]?.spoke).to.equal(null);
  });

  it('are the same from a table', () => {
    const builder = createEnvoyTableBuilder();
    const row = { ...ENVOY, stale: false, lastSeenAt: Date.parse(ISO), enrolledAt: Date.parse(ISO) };
    builder.add(row);
    builder.add({ ...row, reachable: false, stale: true, lastSeenAt: 0, configVersion: '' });
    expect([...envoyTableJson(builder.take())]).to.deep.equal([
      ENVOY_JSON,
      { ...ENVOY_JSON, reachable: false, stale: true, lastSeenAt: null, configVersion: null },
    ]);
  });

  it('show traits, placements and the move of one envoy', () => {
    const response = create(GetEnvoyResponseSchema, {
      traits: { os: 'linux', cpus: 4 },
      placements: [{ spoke: 'dc1', epoch: 1, at: AT, reason: 'enrolled' }],
    });
    expect(envoyDetailJson(ENVOY, response)).to.deep.equal({
      ...ENVOY_JSON,
      traits: { os: 'linux', cpus: 4 },
      placements: [{ spoke: 'dc1', epoch: 1, at: ISO, reason: 'enrolled', moveId: null }],
      moveId: null,
      recentRuns: [],
      warnings: [],
    });
  });
});

describe('spokes in JSON', () => {
  it('have the shape of the contract', () => {
    const response = create(GetSpannerStatusResponseSchema, {
      role: 'hub',
      spokes: [SPOKE],
      failover: { enabled: true },
    });
    expect(spannerStatusJson(response)).to.deep.equal({
      role: 'hub',
      spokes: [SPOKE_JSON],
      unplaced: 0,
      failover: { enabled: true, frozen: false, reason: null, held: [] },
      restoration: null,
      warnings: [],
    });
    const restoration = { backupCreatedAt: ISO, restoredAt: ISO, unreconciled: ['dc1'] };
    const restored = create(GetSpannerStatusResponseSchema, { restoration });
    expect(spannerStatusJson(restored).restoration).to.deep.equal(restoration);
  });

  it('are null before the first probe', () => {
    const bare = create(SpokeSchema, { id: 'dc1', health: SpokeHealth.UNKNOWN, reason: 'not probed yet' });
    expect(spannerStatusJson(create(GetSpannerStatusResponseSchema, { spokes: [bare] })).spokes[0]).to.include({
      addr: null,
      status: 'offline',
      health: 'unknown',
      latencyMs: null,
      lastProbeAt: null,
      compliance: null,
      reason: 'not probed yet',
    });
  });

  it('have runs and envoys in detail', () => {
    const response = create(GetSpokeResponseSchema, { spoke: SPOKE, envoys: [ENVOY] });
    expect(spokeDetailJson(SPOKE, response)).to.deep.equal({
      ...SPOKE_JSON,
      recentRuns: [],
      envoys: [ENVOY_JSON],
      warnings: [],
    });
  });
});

describe('moves in JSON', () => {
  const done = create(MoveSchema, {
    id: 'm1',
    state: MoveState.DONE,
    reason: MoveReason.DRAIN,
    matched: 3,
    moved: 3,
    plan: [{ from: 'dc1', to: 'dc2', envoys: 3 }],
  });

  it('have the shape of the contract', () => {
    expect(moveJson(done)).to.deep.include({
      moveId: 'm1',
      state: 'done',
      reason: 'drain',
      matched: 3,
      moved: 3,
      skipped: [],
      failed: [],
      plan: [{ from: 'dc1', to: 'dc2', envoys: 3 }],
      dryRun: false,
    });
  });

  it('have no id when they are only planned', () => {
    const plan = moveJson(create(MoveSchema, { ...done, id: '', state: MoveState.UNSPECIFIED, dryRun: true }));
    expect(plan).to.include({ moveId: null, state: 'planned', dryRun: true });
  });

  it('left envoys behind when they say so, were cancelled, failed in part, or drained not all', () => {
    const left = (change: object) => leftEnvoysBehind(create(MoveSchema, { ...done, ...change }));
    expect(left({})).to.equal(false);
    expect(left({ state: MoveState.INCOMPLETE })).to.equal(true);
    expect(left({ state: MoveState.CANCELLED })).to.equal(true);
    expect(left({ failedCount: 1 })).to.equal(true);
    expect(left({ skippedCount: 1 })).to.equal(true);
    expect(left({ skippedCount: 1, reason: MoveReason.REASSIGN })).to.equal(false);
    expect(left({ skippedCount: 1, dryRun: true })).to.equal(false);
    expect(left({ state: MoveState.RUNNING, failedCount: 1 })).to.equal(false);
  });
});

describe('tokens, users and licenses in JSON', () => {
  it('name the role of a user, and when its token was used', () => {
    const user = create(UserSchema, { id: 'u1', name: 'alice', role: Role.VIEWER, createdAt: AT, lastUsedAt: AT });
    expect(userJson(user)).to.deep.equal({
      id: 'u1',
      name: 'alice',
      role: 'viewer',
      createdAt: ISO,
      createdBy: null,
      expiresAt: null,
      lastUsedAt: ISO,
      revokedAt: null,
    });
  });

  it('never hold a secret', () => {
    const token = create(EnrollmentTokenSchema, { id: 't1', uses: 5, usesLeft: 2, createdAt: AT, expiresAt: AT });
    expect(enrollmentTokenJson(token)).to.deep.equal({
      id: 't1',
      uses: 5,
      usesLeft: 2,
      createdAt: ISO,
      expiresAt: ISO,
      revokedAt: null,
      comment: null,
      createdBy: null,
    });
  });

  it('say of the free license that it is nobody’s and does not end', () => {
    expect(licenseJson(create(GetLicenseResponseSchema, { tier: 'free', envoys: 25, envoysUsed: 3 }))).to.deep.equal({
      customer: null,
      tier: 'free',
      envoys: 25,
      envoysUsed: 3,
      expiresAt: null,
      evaluation: false,
      fingerprint: null,
      fingerprints: [],
      source: 'server',
    });
  });
});
