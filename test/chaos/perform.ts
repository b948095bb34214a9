/** Does to the fleet what the plan says. */
import { MoveReason, MoveState } from '../../src/gen/vigo/v1/admin_pb.js';
import type { ChaosFleet } from './fleet/chaos-fleet.ts';
import type { ManagedProcess } from './fleet/managed-process.ts';
import type { Orders } from './orders.ts';
import type { Publishing } from './publishing.ts';
import { describeStep, type ServerName, type Step } from './step.ts';
import type { Tally } from './tally.ts';

export interface Stage {
  readonly fleet: ChaosFleet;
  readonly orders: Orders;
  readonly publishing: Publishing;
  readonly tally: Tally;
}

/** A cancelled move ends its batch first, which may wait for a spoke; all others answer from the hub's own memory and disk. */
const ORDER_MS = 30_000;

/** Resolves when it has been done; orders go on behind it. Throws what could not be done at all. */
export async function performStep(stage: Stage, step: Step): Promise<void> {
  const { fleet } = stage;
  const process = (name: ServerName): ManagedProcess => fleet.server(name).process;
  switch (step.kind) {
    case 'kill':
      return process(step.server).kill();
    case 'start':
      return startServer(stage, step.server);
    case 'pause':
      return process(step.server).pause();
    case 'resume':
      return process(step.server).resume();
    case 'restart':
      await process(step.server).stop();
      return process(step.server).start();
    case 'crash':
      await fleet.server('hub').fail(`crash ${step.point}`);
      process('hub').expectDeath();
      return order(stage, { kind: 'reassign', hostname: step.hostname, to: step.to, maxRate: 0 });
    case 'fill-disk':
      return fleet.server(step.server).fail('store.write');
    case 'free-disk':
      return fleet.server(step.server).fail();
    case 'refuse':
    case 'black-hole':
      return fleet.link(step.link).set(step.kind);
    case 'delay':
      return fleet.link(step.link).set('delay', step.delayMs);
    case 'mend':
      return fleet.link(step.link).set('pass');
    case 'reset':
      return fleet.link(step.link).reset();
    case 'kill-agents':
    case 'start-agents':
    case 'pause-agents':
    case 'resume-agents':
    case 'restart-agents':
      await Promise.all(step.agents.map((index) => performOnAgent(fleet.agents[index]?.process, step.kind)));
      return;
    default:
      return order(stage, step);
  }
}

/** A hub that was to die at a step of a move may never have come to it. */
async function startServer({ fleet, tally }: Stage, name: ServerName): Promise<void> {
  const server = fleet.server(name);
  if (server.faults.length > 0)
    tally.checked(`deaths at a step of a move${server.process.state === 'down' ? '' : ' that did not come'}`);
  await server.process.kill();
  await server.fail();
  await server.process.start();
}

async function performOnAgent(agent: ManagedProcess | undefined, kind: Step['kind']): Promise<void> {
  switch (kind) {
    case 'kill-agents':
      return agent?.kill();
    case 'start-agents':
      return agent?.start();
    case 'pause-agents':
      return agent?.pause();
    case 'resume-agents':
      return agent?.resume();
    default:
      await agent?.stop();
      return agent?.start();
  }
}

type Order = Extract<Step, { kind: 'publish' | 'reassign' | 'drain' | 'uncordon' | 'rebalance' | 'cancel' }>;

function order(stage: Stage, step: Order): void {
  stage.orders.place(describeStep(step), () => carryOut(stage, step));
}

async function carryOut({ fleet: { admin }, publishing }: Stage, step: Order): Promise<unknown> {
  const call = { timeoutMs: ORDER_MS };
  switch (step.kind) {
    case 'publish':
      return publishing.publish(step.text);
    case 'reassign': {
      const { hostname, to, maxRate } = step;
      return admin.startMove({ reason: MoveReason.REASSIGN, hostname, to, maxRate }, call);
    }
    case 'drain': {
      const { from, to, maxRate } = step;
      return admin.startMove({ reason: MoveReason.DRAIN, from, to, maxRate }, call);
    }
    case 'rebalance':
      return admin.startMove({ reason: MoveReason.REBALANCE, maxRate: step.maxRate }, call);
    case 'uncordon':
      return admin.uncordonSpoke({ id: step.spoke }, call);
    case 'cancel': {
      const { moves } = await admin.listMoves({ limit: 20 }, call);
      const running = moves.find((move) => move.state === MoveState.RUNNING);
      return running && admin.cancelMove({ id: running.id }, call);
    }
  }
}
