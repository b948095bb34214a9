/** The agents of a fleet under chaos: each enrolled, each with a state directory and a root of its own. */
import { join } from 'node:path';
import { enroll } from '../../../src/agent/enroll.ts';
import { loadState, saveState } from '../../../src/agent/state.ts';
import { stateDirAt } from '../../../src/agent/state-dir.ts';
import { SPOKES } from '../step.ts';
import type { Violations } from '../violations.ts';
import { createManagedProcess, type ManagedProcess } from './managed-process.ts';
import type { Reaper } from './reaper.ts';

export interface ChaosAgent {
  readonly hostname: string;
  readonly envoyId: string;
  /** Runs that wait for a server. */
  readonly queueDir: string;
  readonly process: ManagedProcess;
}

export interface ChaosAgentsOptions {
  readonly agents: number;
  readonly dir: string;
  readonly hubUrl: string;
  readonly token: string;
  /** Where agents find the hub: the link, not the hub itself. */
  readonly hubAddress: string;
  readonly reaper: Reaper;
  readonly violations: Violations;
  /** Told of each process before it is started, so that none is left behind. */
  readonly onProcess: (process: ManagedProcess) => void;
}

/** So many at a time: more would only wait for each other. */
const WIDTH = 4;

/** Enrols all and starts them. */
export async function startChaosAgents(options: ChaosAgentsOptions): Promise<ChaosAgent[]> {
  const agents: ChaosAgent[] = [];
  let next = 0;
  let failed = false;
  const worker = async (): Promise<void> => {
    while (next < options.agents && !failed) {
      const index = next++;
      const agent = await enrolAgent(options, index);
      agents[index] = agent;
      options.onProcess(agent.process);
      await agent.process.start();
    }
  };
  const workers = Array.from({ length: WIDTH }, () =>
    worker().catch((error: unknown) => {
      failed = true;
      throw error;
    }),
  );
  // All of them come to an end, also if one has failed.
  await Promise.allSettled(workers);
  await Promise.all(workers);
  return agents;
}

/** "web4.dc1.example.com": every spoke is home to as many. */
function hostnameOf(index: number): string {
  return `web${Math.floor(index / SPOKES.length) + 1}.${SPOKES[index % SPOKES.length]}.example.com`;
}

async function enrolAgent(options: ChaosAgentsOptions, index: number): Promise<ChaosAgent> {
  const { dir, reaper, violations, token, hubUrl } = options;
  const hostname = hostnameOf(index);
  const stateDir = join(dir, 'agents', hostname);
  const { envoyId } = await enroll({ token, hubUrl, hostname, stateDir });
  await putBehindLink(stateDir, options.hubAddress);
  return {
    hostname,
    envoyId,
    queueDir: join(stateDir, 'runs'),
    process: createManagedProcess({
      ...{ name: hostname, dir, reaper, violations, ready: 'started', env: {} },
      args: ['agent', 'run', '--state-dir', stateDir, '--root', join(dir, 'roots', hostname)],
    }),
  };
}

/** The hub tells agents its own address; here a proxy stands in front of it. */
async function putBehindLink(path: string, address: string): Promise<void> {
  const dir = stateDirAt(path);
  const state = loadState(dir);
  if (!state) throw new Error(`${path} holds no envoy after its enrolment`);
  await saveState(dir, { ...state, hubs: state.hubs.map((hub) => ({ ...hub, address })) });
}
