/** An agent in memory: the real check-in machine, one call at a time, without the waiting in between. */
import { createHash } from 'node:crypto';
import type { MessageInitShape } from '@bufbuild/protobuf';
import { Code, ConnectError, createClient, type Transport } from '@connectrpc/connect';
import { firstStep, nextStep } from '../../src/agent/checkin-machine.ts';
import { endpointFrom } from '../../src/agent/endpoint.ts';
import {
  DEFAULT_RETRY,
  type MachineEvent,
  type MachineState,
  type Step,
  type Verdict,
} from '../../src/agent/machine-types.ts';
import { VigoError } from '../../src/fleet/errors.ts';
import { AgentService } from '../../src/gen/vigo/v1/agent_pb.js';
import type { EnrollResponse } from '../../src/gen/vigo/v1/enrollment_pb.js';
import { HubService } from '../../src/gen/vigo/v1/hub_pb.js';
import type { RunSchema } from '../../src/gen/vigo/v1/types_pb.js';
import { toVigoError } from '../../src/rpc/errors.ts';
import { PEER_HEADER } from './memory-spoke.ts';

export interface MemoryAgentOptions {
  readonly id: string;
  readonly hostname: string;
  readonly keyHash: string;
  readonly known: Pick<MachineState, 'owner' | 'previous' | 'hubs'>;
  /** Who answers at an address now. */
  readonly dial: (address: string) => Transport | undefined;
  readonly random: () => number;
}

export interface MemoryAgent {
  readonly id: string;
  readonly hostname: string;
  readonly keyHash: string;
  readonly state: MachineState;
  /** The server has said that its identity is gone. */
  readonly revoked: boolean;
  /** Facts that it reports. */
  traits: Record<string, unknown>;
  /** One call: a check-in or a question to the hub. */
  step(): Promise<Verdict>;
  /** Goes on until it is served; the spoke that serves it and the epoch, or undefined after `maxCalls`. */
  follow(maxCalls?: number): Promise<{ spoke: string; epoch: number } | undefined>;
  /** Reports a run to the spoke that it knows as its own. Throws what the spoke says, or that it cannot be reached. */
  report(run: MessageInitShape<typeof RunSchema>): Promise<void>;
  /** The process is started anew from what it has on disk. */
  restart(): void;
  /** Another with the same memory, to try things out with. */
  fork(): MemoryAgent;
}

export function agentOf(answer: EnrollResponse, options: Omit<MemoryAgentOptions, 'id' | 'known'>): MemoryAgent {
  const endpoint = endpointFrom(answer.owner);
  if (!endpoint) throw new Error('the hub named no owner that could be dialled');
  const hubs = answer.hubs.map((hub) => endpointFrom(hub)).filter((hub) => hub !== undefined);
  const known = { owner: { endpoint, epoch: answer.epoch }, previous: undefined, hubs };
  return createMemoryAgent({ ...options, id: answer.envoyId, known }, firstStep(known));
}

function createMemoryAgent(options: MemoryAgentOptions, first: Step): MemoryAgent {
  let step = first;
  let revoked = false;
  let sendTraits = true;
  const agent: MemoryAgent = {
    id: options.id,
    hostname: options.hostname,
    keyHash: options.keyHash,
    get state() {
      return step.state;
    },
    get revoked() {
      return revoked;
    },
    traits: { hostname: options.hostname },
    async step() {
      const event = await act();
      step = nextStep(step.state, event, { random: options.random(), policy: DEFAULT_RETRY });
      return step.verdict;
    },
    async follow(maxCalls = 30) {
      for (let calls = 0; calls < maxCalls && !revoked; calls++) {
        if ((await agent.step()) === 'served') {
          const { endpoint, epoch } = step.state.owner;
          return { spoke: endpoint.spokeId, epoch };
        }
      }
      return undefined;
    },
    async report(run) {
      const transport = options.dial(step.state.owner.endpoint.address);
      if (!transport) throw new ConnectError('connection refused', Code.Unavailable);
      await createClient(AgentService, transport).reportRun({ run }, call);
    },
    restart() {
      step = firstStep(step.state);
      sendTraits = true;
    },
    fork() {
      const twin = createMemoryAgent(options, step);
      twin.traits = agent.traits;
      return twin;
    },
  };

  const call = { headers: { [PEER_HEADER]: `${options.id} ${options.keyHash}` } };
  const act = async (): Promise<MachineEvent> => {
    const { action } = step;
    const failed = { type: action.kind === 'locate' ? 'locate-failed' : 'check-in-failed' } as const;
    const transport = options.dial((action.kind === 'locate' ? action.hub : action.at.endpoint).address);
    if (!transport) return failed;
    try {
      return action.kind === 'locate' ? await locate(transport) : await checkIn(transport, action.at.epoch);
    } catch (thrown) {
      const { code } = thrown instanceof VigoError ? thrown : toVigoError(thrown, { target: 'a server' });
      if (code === 'IDENTITY_REVOKED') revoked = true;
      return action.kind === 'check-in' && (code === 'IDENTITY_UNKNOWN' || code === 'NOT_SERVED_HERE')
        ? { type: 'not-known' }
        : failed;
    }
  };
  const checkIn = async (transport: Transport, epoch: number): Promise<MachineEvent> => {
    const traitsJson = Buffer.from(JSON.stringify(agent.traits));
    const traitsDigest = createHash('sha256').update(traitsJson).digest();
    const request = { epoch, traitsDigest, agentVersion: 'test', ...(sendTraits ? { traitsJson } : {}) };
    const answer = await createClient(AgentService, transport).checkIn(request, call);
    const nextAfterMs = answer.nextCheckinAfterMs;
    if (answer.redirect) {
      const endpoint = endpointFrom(answer.redirect.target);
      return { type: 'redirected', placement: endpoint && { endpoint, epoch: answer.redirect.epoch }, nextAfterMs };
    }
    sendTraits = answer.sendTraits;
    return { type: 'checked-in', epoch: answer.epoch, nextAfterMs };
  };
  const locate = async (transport: Transport): Promise<MachineEvent> => {
    const answer = await createClient(HubService, transport).locate({ epoch: step.state.owner.epoch }, call);
    const endpoint = endpointFrom(answer.owner);
    const placement = endpoint && { endpoint, epoch: answer.epoch };
    return { type: 'located', placement, nextAfterMs: answer.nextCheckinAfterMs };
  };
  return agent;
}
