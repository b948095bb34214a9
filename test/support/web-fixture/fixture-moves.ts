/** Made-up moves: some that have been, one that goes on, and those that are started from the pages. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Timestamp, timestampFromMs, timestampNow } from '@bufbuild/protobuf/wkt';
import { Code, ConnectError } from '@connectrpc/connect';
import { MoveReason, MoveState, type StartMoveRequest } from '../../../src/gen/vigo/v1/admin_pb.js';
import type { FixtureFleet } from './fixture-fleet.ts';

interface Leg {
  readonly from: string;
  readonly to: string;
  readonly envoys: number;
}

interface Exclusion {
  readonly id: string;
  readonly hostname: string;
  readonly reason: string;
}

export interface FixtureMove {
  readonly id: string;
  state: MoveState;
  readonly reason: MoveReason;
  readonly matched: number;
  moved: number;
  readonly skipped: Exclusion[];
  readonly failed: Exclusion[];
  readonly plan: Leg[];
  readonly dryRun: boolean;
  readonly startedAt: Timestamp;
  endedAt?: Timestamp;
  readonly actor: string;
  readonly comment: string;
  readonly releasesPending: number;
  readonly skippedCount: number;
  readonly failedCount: number;
}

const idOf = (n: number): string => `0199a7e4-51c0-7aa2-8d11-${String(n).padStart(12, '0')}`;
const STEP_MS = 250;

export function createFixtureMoves(fleet: FixtureFleet, options: { readonly history: boolean }) {
  const moves: FixtureMove[] = options.history ? pastMoves(fleet) : [];

  const find = (id: string): FixtureMove => {
    const move = moves.find((each) => each.id === id);
    if (!move) throw new ConnectError(`no move "${id}"`, Code.NotFound);
    return move;
  };

  const advance = async (move: FixtureMove, by: number): Promise<void> => {
    const planned = move.plan.reduce((sum, leg) => sum + leg.envoys, 0);
    while (move.state === MoveState.RUNNING) {
      await sleep(STEP_MS, undefined, { ref: false });
      if (move.state !== MoveState.RUNNING) return;
      move.moved = Math.min(planned, move.moved + by);
      if (move.moved < planned) continue;
      move.state = MoveState.DONE;
      move.endedAt = timestampNow();
    }
  };

  return {
    moves,
    find,
    start(request: StartMoveRequest): FixtureMove {
      const move = plan(fleet, request, moves.length + 1);
      if (request.dryRun || move.plan.length === 0) return { ...move, id: '' };
      moves.unshift(move);
      void advance(move, Math.max(1, Math.round(move.matched / 40)));
      return move;
    },
    cancel(id: string): FixtureMove {
      const move = find(id);
      move.state = MoveState.CANCELLED;
      move.endedAt = timestampNow();
      return move;
    },
    async *watch(id: string) {
      const move = find(id);
      while (move.state === MoveState.RUNNING) {
        yield { move };
        await sleep(STEP_MS, undefined, { ref: false });
      }
      yield { move };
    },
  };
}

function plan(fleet: FixtureFleet, request: StartMoveRequest, number: number): FixtureMove {
  const matcher = new RegExp(`^${request.hostname.replaceAll('.', '\\.').replaceAll('*', '.*')}$`);
  const matched = fleet.envoys.filter((envoy) => {
    if (request.reason === MoveReason.DRAIN) return envoy.spoke === request.from;
    if (request.reason === MoveReason.REBALANCE) return envoy.epoch === 3;
    return matcher.test(envoy.hostname);
  });
  const others = fleet.spokes.filter(({ id, dead }) => id !== request.from && !dead).map(({ id }) => id);
  const legs = new Map<string, Leg>();
  const skipped: Exclusion[] = [];
  for (const [i, { id, hostname, spoke }] of matched.entries()) {
    const to = request.to || (others[i % Math.max(1, Math.min(2, others.length))] ?? '');
    if (to === spoke) skipped.push({ id, hostname, reason: `already on ${to}` });
    else {
      const key = `${spoke} ${to}`;
      legs.set(key, { from: spoke, to, envoys: (legs.get(key)?.envoys ?? 0) + 1 });
    }
  }
  return {
    id: idOf(number),
    state: MoveState.RUNNING,
    reason: request.reason,
    matched: matched.length,
    moved: 0,
    skipped: skipped.slice(0, 100),
    failed: [],
    plan: [...legs.values()],
    dryRun: request.dryRun,
    startedAt: timestampNow(),
    actor: 'amelie',
    comment: request.comment,
    releasesPending: 0,
    skippedCount: skipped.length,
    failedCount: 0,
  };
}

function pastMoves(fleet: FixtureFleet): FixtureMove[] {
  const [first, second] = fleet.envoys;
  const share = Math.max(1, Math.floor(fleet.envoys.length / 10));
  const past = (n: number, more: Partial<FixtureMove>): FixtureMove => ({
    id: idOf(n),
    state: MoveState.DONE,
    reason: MoveReason.DRAIN,
    matched: share,
    moved: share,
    skipped: [],
    failed: [],
    plan: [{ from: 'dc1', to: 'dc2', envoys: share }],
    dryRun: false,
    startedAt: timestampFromMs(fleet.madeAt - 7_200_000 * (20 - n)),
    endedAt: timestampFromMs(fleet.madeAt - 7_200_000 * (20 - n) + 42_000),
    actor: 'amelie',
    comment: '',
    releasesPending: 0,
    skippedCount: 0,
    failedCount: 0,
    ...more,
  });
  const running = past(4, {
    state: MoveState.RUNNING,
    moved: Math.floor(share * 0.62),
    startedAt: timestampFromMs(fleet.madeAt - 41_000),
    comment: 'new disks on Thursday',
  });
  delete running.endedAt;
  const left = [first, second].flatMap((envoy) =>
    envoy ? [{ id: envoy.id, hostname: envoy.hostname, reason: 'dc3 did not take it: deadline exceeded' }] : [],
  );
  return [
    running,
    past(3, {
      state: MoveState.INCOMPLETE,
      reason: MoveReason.FAILOVER,
      actor: 'hub',
      moved: Math.max(0, share - left.length),
      failed: left,
      failedCount: left.length,
      releasesPending: 2,
      plan: [
        { from: 'dc2', to: 'dc1', envoys: Math.ceil(share / 2) },
        { from: 'dc2', to: 'dc3', envoys: Math.floor(share / 2) },
      ],
    }),
    past(2, { reason: MoveReason.REBALANCE, comment: 'after the failover' }),
    past(1, {
      state: MoveState.CANCELLED,
      reason: MoveReason.REASSIGN,
      moved: Math.floor(share / 3),
      comment: 'wrong rack',
    }),
  ];
}
