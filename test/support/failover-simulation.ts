/**
 * Thousands of agents whose spoke dies, on simulated time: each is the real check-in machine with the policy of `agent run`,
 * the servers answer by the real schedules and limits. Only the calls themselves are made up: they take a few milliseconds.
 */
import { firstStep, nextStep } from '../../src/agent/checkin-machine.ts';
import type { AgentEndpoint } from '../../src/agent/endpoint.ts';
import { DEFAULT_RETRY, type MachineEvent, type Step } from '../../src/agent/machine-types.ts';
import { agentLimits, type CallLimit } from '../../src/fleet/call-limits.ts';
import { locateSpread, nextCheckinAfter } from '../../src/fleet/checkin-schedule.ts';
import { FULL_BUCKET, takeToken } from '../../src/fleet/token-bucket.ts';
import { createEventQueue } from './event-queue.ts';
import { createFakeClock } from './fake-clock.ts';

export interface FailoverScenario {
  /** Agents of the spoke that dies. */
  readonly dying: number;
  /** Agents that the other spoke has already. */
  readonly own: number;
  readonly intervalMs: number;
  /** What a call to the dead spoke does: fails at once, or hangs until its deadline. */
  readonly dead: 'refuses' | 'hangs';
  /** `checkin.max_rate` of the servers. */
  readonly maxRate: number;
  readonly seed: number;
}

export interface FailoverFigures {
  /** Between the directory naming its new owner and its check-in there, of the slowest agent, milliseconds. */
  readonly slowestMs: number;
  /** Between the hub's decision and the last agent's check-in, milliseconds. */
  readonly allServedMs: number;
  /** Check-ins that arrived at the new owner in the busiest second, refused ones too, ÷ the steady rate of all agents. */
  readonly checkInPeak: number;
  /** The same of `Locate` calls at the hub. */
  readonly locatePeak: number;
  /** Of all agents, per second, when nothing is wrong. */
  readonly steadyPerSecond: number;
  readonly refused: number;
}

/** The hub finds out after three probes, thirty seconds apart, and moves 500 envoys a second. */
const DECISION_MS = 90_000;
const BATCH = 500;
const BATCH_MS = 1_000;
const CALL_MS = 5;
const DEADLINE_MS = 10_000;

const endpointOf = (name: string): AgentEndpoint => ({
  address: `${name}.test:1530`,
  identity: `spiffe://test/spoke/${name}`,
  spokeId: name,
});
const [DEAD, LIVE, HUB] = [endpointOf('dc1'), endpointOf('dc2'), endpointOf('hub')];

/** What comes of a call, and how long it takes, milliseconds. */
type Outcome = readonly [event: MachineEvent, tookMs: number];

interface Agent {
  step: Step;
  readonly moves: boolean;
  /** When the directory names its new owner. */
  readonly namedAt: number;
  servedAt: number | undefined;
}

export function simulateFailover(scenario: FailoverScenario): FailoverFigures {
  const { dying, own, intervalMs, maxRate } = scenario;
  const { random } = createFakeClock({ seed: scenario.seed });
  const pace = { intervalMs, maxRate };
  const diesAt = 2 * intervalMs;
  const decidedAt = diesAt + DECISION_MS;
  const endsAt = decidedAt + (dying / BATCH) * BATCH_MS + 3 * intervalMs;
  const checkIns = createDoor(agentLimits(pace).checkIn, random);
  const locates = createDoor(agentLimits(pace).locate, random);
  const moved = (now: number): number =>
    Math.min(dying, Math.max(0, Math.floor((now - decidedAt) / BATCH_MS + 1) * BATCH));
  const pacedBy = (envoys: number): number => nextCheckinAfter(pace, envoys, random());

  const checkIn = ({ moves }: Agent, spoke: AgentEndpoint, now: number): Outcome => {
    if (spoke === DEAD && now < diesAt) return [{ type: 'checked-in', epoch: 1, nextAfterMs: pacedBy(dying) }, CALL_MS];
    if (spoke === DEAD) return [{ type: 'check-in-failed' }, scenario.dead === 'hangs' ? DEADLINE_MS : CALL_MS];
    const retryAfterMs = checkIns.come(now);
    if (retryAfterMs !== undefined) return [{ type: 'throttled', retryAfterMs }, CALL_MS];
    return [{ type: 'checked-in', epoch: moves ? 2 : 1, nextAfterMs: pacedBy(own + moved(now)) }, CALL_MS];
  };
  const locate = ({ namedAt }: Agent, now: number): Outcome => {
    const retryAfterMs = locates.come(now);
    if (retryAfterMs !== undefined) return [{ type: 'locate-failed', retryAfterMs }, CALL_MS];
    const isNamed = now >= namedAt;
    const spreadMs = locateSpread(pace, isNamed ? own + moved(now) : dying - moved(now));
    const placement = isNamed ? { endpoint: LIVE, epoch: 2 } : { endpoint: DEAD, epoch: 1 };
    return [{ type: 'located', placement, nextAfterMs: Math.round(spreadMs * random()) }, CALL_MS];
  };

  const agents = Array.from({ length: dying + own }, (_, i): Agent => {
    const owner = { endpoint: i < dying ? DEAD : LIVE, epoch: 1 };
    const step = firstStep({ owner, previous: undefined, hubs: [HUB] });
    return { step, moves: i < dying, namedAt: decidedAt + Math.floor(i / BATCH) * BATCH_MS, servedAt: undefined };
  });
  const queue = createEventQueue<Agent>();
  for (const agent of agents) queue.add(random() * intervalMs, agent);
  for (let due = queue.next(); due && due.at < endsAt; due = queue.next()) {
    const { at: now, value: agent } = due;
    const { action, state } = agent.step;
    const [event, tookMs] = action.kind === 'check-in' ? checkIn(agent, action.at.endpoint, now) : locate(agent, now);
    agent.step = nextStep(state, event, { random: random(), policy: DEFAULT_RETRY, tookMs });
    if (agent.moves && event.type === 'checked-in' && event.epoch === 2) agent.servedAt ??= now;
    queue.add(now + tookMs + agent.step.action.delayMs, agent);
  }

  const moving = agents.filter(({ moves }) => moves);
  const servedAt = ({ servedAt: at }: Agent): number => at ?? Number.POSITIVE_INFINITY;
  const steadyPerSecond = (agents.length / intervalMs) * 1000;
  return {
    slowestMs: Math.max(...moving.map((agent) => servedAt(agent) - agent.namedAt)),
    allServedMs: Math.max(...moving.map(servedAt)) - decidedAt,
    checkInPeak: checkIns.busiestSecond(diesAt) / steadyPerSecond,
    locatePeak: locates.busiestSecond(diesAt) / steadyPerSecond,
    steadyPerSecond,
    refused: checkIns.refused + locates.refused,
  };
}

/** What arrives at a server, and what it refuses. */
function createDoor(limit: CallLimit, random: () => number) {
  const perSecond = new Map<number, number>();
  let bucket = FULL_BUCKET;
  const door = {
    refused: 0,
    /** The wait that it is told, milliseconds; undefined if it is let in. */
    come(now: number): number | undefined {
      const second = Math.floor(now / 1000);
      perSecond.set(second, (perSecond.get(second) ?? 0) + 1);
      const verdict = takeToken(bucket, limit, now, random());
      ({ bucket } = verdict);
      if (verdict.retryAfterMs !== undefined) door.refused++;
      return verdict.retryAfterMs;
    },
    busiestSecond: (from: number): number =>
      Math.max(0, ...[...perSecond].filter(([second]) => second * 1000 >= from).map(([, count]) => count)),
  };
  return door;
}
