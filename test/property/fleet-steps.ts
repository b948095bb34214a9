/** The steps that the property test takes: what operators and agents do, and what breaks. */
import { Code, ConnectError } from '@connectrpc/connect';
import fc from 'fast-check';
import { MoveReason, MoveState } from '../../src/gen/vigo/v1/admin_pb.js';
import { ErrorDetailSchema } from '../../src/gen/vigo/v1/types_pb.js';
import type { MemoryAgent } from '../support/memory-agent.ts';
import type { MemoryFleet } from '../support/memory-fleet.ts';
import type { RunKind, RunLedger } from '../support/run-ledger.ts';

export interface World {
  readonly fleet: MemoryFleet;
  readonly agents: MemoryAgent[];
  readonly ledger: RunLedger;
}

const SPOKE_IDS = ['dc1', 'dc2', 'dc3'] as const;
const spoke = fc.constantFrom(...SPOKE_IDS);
const host = fc.tuple(fc.integer({ min: 1, max: 5 }), spoke).map(([n, dc]) => `web${n}.${dc}.example.com`);
const glob = fc.constantFrom('*', 'web1.*', '*.dc1.*', '*.dc2.*', 'web[12].*', 'web{3,4}.dc3.*');
const rate = fc.constantFrom(0, 0, 1, 2);
const kinds = fc.array(fc.constantFrom<RunKind>('clean', 'changed', 'changed', 'degraded', 'failed', 'broken'), {
  minLength: 1,
  maxLength: 3,
});
const of = <T extends string, R extends Record<string, fc.Arbitrary<unknown>>>(type: T, fields: R) =>
  fc.record({ type: fc.constant(type), ...fields }) as unknown as fc.Arbitrary<
    { type: T } & { [K in keyof R]: R[K] extends fc.Arbitrary<infer V> ? V : never }
  >;

const arbitraries = [
  { weight: 4, arbitrary: of('enroll', { host }) },
  { weight: 4, arbitrary: of('reassign', { glob, to: spoke, maxRate: rate }) },
  { weight: 3, arbitrary: of('drain', { from: spoke, to: fc.option(spoke, { nil: undefined }), maxRate: rate }) },
  { weight: 2, arbitrary: of('rebalance', { maxRate: rate }) },
  { weight: 1, arbitrary: of('cancel', {}) },
  { weight: 3, arbitrary: of('revoke', { host }) },
  { weight: 1, arbitrary: of('cordon', { spoke }) },
  { weight: 2, arbitrary: of('uncordon', { spoke }) },
  { weight: 2, arbitrary: of('kill-spoke', { spoke }) },
  { weight: 3, arbitrary: of('start-spoke', { spoke }) },
  { weight: 1, arbitrary: of('wire', { spoke, wire: fc.constantFrom('up', 'cut') }) },
  {
    weight: 1,
    arbitrary: of('lose-answers', {
      spoke,
      methods: fc.subarray(['Adopt', 'Release', 'Revoke', 'GetEnvoys', 'ReportRun']),
    }),
  },
  { weight: 1, arbitrary: of('kill-hub', {}) },
  { weight: 2, arbitrary: of('start-hub', {}) },
  { weight: 2, arbitrary: of('doom-hub', { after: fc.integer({ min: 1, max: 40 }) }) },
  { weight: 5, arbitrary: of('pass-time', { ms: fc.constantFrom(0, 300, 1_000, 3_500, 8_000) }) },
  { weight: 4, arbitrary: of('agents-call', { calls: fc.integer({ min: 1, max: 4 }) }) },
  { weight: 6, arbitrary: of('runs', { home: spoke, kinds, twice: fc.boolean() }) },
  {
    weight: 2,
    arbitrary: of('runs-and-kill-spoke', { home: spoke, kinds, spoke, after: fc.integer({ min: 1, max: 5 }) }),
  },
  { weight: 1, arbitrary: of('list-while-moving', { glob, to: spoke }) },
] as const;

type SimpleStep = (typeof arbitraries)[number]['arbitrary'] extends fc.Arbitrary<infer S> ? S : never;
export type Step =
  | SimpleStep
  | { type: 'together'; steps: readonly SimpleStep[] }
  | { type: 'populate' }
  | { type: 'calm' };

const simpleStep: fc.Arbitrary<SimpleStep> = fc.oneof(...arbitraries);
// What one process does at once: not to be mixed with its own beginning and end.
const peaceful = simpleStep.filter((step) => !step.type.endsWith('-hub') && !step.type.endsWith('-spoke'));
const together = fc.array(peaceful, { minLength: 2, maxLength: 3 }).map((steps): Step => ({ type: 'together', steps }));
export const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: simpleStep },
  { weight: 1, arbitrary: together },
);

const HOME_HOSTS = SPOKE_IDS.flatMap((dc) => [1, 2, 3].map((n) => `web${n}.${dc}.example.com`));

export async function perform(world: World, step: Step): Promise<void> {
  const { fleet } = world;
  const { admin } = fleet.hub;
  switch (step.type) {
    case 'populate':
      for (const hostname of HOME_HOSTS) world.agents.push(await fleet.enroll(hostname));
      return;
    case 'together':
      await Promise.all(step.steps.map((each) => perform(world, each)));
      return;
    case 'enroll': {
      const agent = await attempt(fleet, fleet.enroll(step.host));
      if (agent) world.agents.push(agent);
      return;
    }
    case 'reassign':
      return move(fleet, { reason: MoveReason.REASSIGN, hostname: step.glob, to: step.to, maxRate: step.maxRate });
    case 'drain':
      return move(fleet, { reason: MoveReason.DRAIN, from: step.from, to: step.to ?? '', maxRate: step.maxRate });
    case 'rebalance':
      return move(fleet, { reason: MoveReason.REBALANCE, maxRate: step.maxRate });
    case 'cancel':
      return cancelLast(fleet);
    case 'revoke':
      await attempt(fleet, fleet.drive(admin.revokeEnvoy({ envoy: step.host })));
      return;
    case 'cordon':
      await attempt(fleet, admin.cordonSpoke({ id: step.spoke }));
      return;
    case 'uncordon':
      await attempt(fleet, admin.uncordonSpoke({ id: step.spoke }));
      return;
    case 'pass-time':
      return fleet.clock.advance(step.ms);
    case 'agents-call':
      for (const agent of world.agents) {
        for (let call = 0; call < step.calls && !agent.revoked; call++) {
          if ((await agent.step()) === 'served') await world.ledger.deliver(agent);
        }
      }
      return;
    case 'runs':
      await report(world, step);
      return;
    case 'runs-and-kill-spoke':
      // In the middle of its writing, or with all of it written and not answered.
      if (step.after < 5) fleet.spoke(step.spoke).killAtStep(step.after);
      else fleet.spoke(step.spoke).lostAnswers.add('ReportRun');
      await report(world, { ...step, twice: false });
      fleet.spoke(step.spoke).lostAnswers.delete('ReportRun');
      return fleet.spoke(step.spoke).kill();
    case 'list-while-moving': {
      const before = new Set(fleet.records.active().keys());
      const moved = move(fleet, { reason: MoveReason.REASSIGN, hostname: step.glob, to: step.to, maxRate: 0 });
      const page = await attempt(fleet, fleet.drive(admin.listEnvoys({ limit: 1_000 })));
      await moved;
      if (!page) return;
      const ids = new Set(page.envoys.map((envoy) => envoy.id));
      if (ids.size !== page.envoys.length) throw new Error('I7: an envoy is listed twice while it moves');
      const missing = before.intersection(fleet.records.active()).difference(ids);
      if (missing.size > 0) throw new Error(`I7: missing while it moves: ${[...missing].join(', ')}`);
      return;
    }
    default:
      return breakOrMend(world, step);
  }
}

/** The agents that were enrolled at `home` make runs, and all at once try to deliver them. */
async function report(
  { agents, ledger }: World,
  { home, kinds, twice }: { home: string; kinds: readonly RunKind[]; twice: boolean },
): Promise<void> {
  const own = agents.filter(({ hostname }) => hostname.includes(`.${home}.`));
  for (const agent of own) for (const kind of kinds) ledger.make(agent, kind);
  await Promise.all(own.map((agent) => ledger.deliver(agent, twice)));
}

type Break = Extract<Step, { type: 'kill-spoke' | 'start-spoke' | `${string}-hub` | 'wire' | 'lose-answers' | 'calm' }>;

async function breakOrMend({ fleet }: World, step: Break): Promise<void> {
  switch (step.type) {
    case 'kill-spoke':
      return fleet.spoke(step.spoke).kill();
    case 'start-spoke':
      return fleet.spoke(step.spoke).start();
    case 'wire':
      fleet.spoke(step.spoke).wire = step.wire;
      return;
    case 'lose-answers': {
      const { lostAnswers } = fleet.spoke(step.spoke);
      lostAnswers.clear();
      for (const method of step.methods) lostAnswers.add(method);
      return;
    }
    case 'kill-hub':
      return fleet.hub.kill();
    case 'start-hub':
      return startHub(fleet);
    case 'doom-hub':
      return fleet.hub.life.killAtStep(step.after);
    case 'calm':
      return calm(fleet);
    default:
      return step satisfies never;
  }
}

async function startHub(fleet: MemoryFleet): Promise<void> {
  if (fleet.hub.running) return;
  await fleet.hub.kill();
  await fleet.hub.start();
}

/** Everything is mended, and time passes until nothing is left to do. */
async function calm(fleet: MemoryFleet): Promise<void> {
  for (const { id } of fleet.spokes) {
    const each = fleet.spoke(id);
    each.wire = 'up';
    each.lostAnswers.clear();
    await each.start();
  }
  await fleet.hub.kill();
  await fleet.hub.start();
  for (const { id } of fleet.spokes) await fleet.hub.admin.uncordonSpoke({ id });
  await fleet.clock.advance(30_000);
}

async function move(
  fleet: MemoryFleet,
  order: { reason: MoveReason; hostname?: string; from?: string; to?: string; maxRate: number },
): Promise<void> {
  await attempt(fleet, fleet.drive(fleet.hub.admin.startMove(order)));
}

async function cancelLast(fleet: MemoryFleet): Promise<void> {
  const journal = await attempt(fleet, fleet.hub.admin.listMoves({}));
  const running = journal?.moves.find((candidate) => candidate.state === MoveState.RUNNING);
  if (running) await attempt(fleet, fleet.drive(fleet.hub.admin.cancelMove({ id: running.id })));
}

/** A refusal with a code of the catalogue is an answer; so is silence from a hub that is down. Anything else is a bug. */
async function attempt<T>(fleet: MemoryFleet, promise: Promise<T>): Promise<T | undefined> {
  try {
    return await promise;
  } catch (error) {
    if (!fleet.hub.running) return undefined;
    const [detail] = error instanceof ConnectError ? error.findDetails(ErrorDetailSchema) : [];
    if (detail && !(error instanceof ConnectError && error.code === Code.Internal)) return undefined;
    throw error;
  }
}
