/** A hub, three spokes and many agents as processes of this machine, every link between them through a proxy. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SpokeHealth } from '../../../src/gen/vigo/v1/admin_pb.js';
import { type AdminConnection, connectAdmin } from '../../support/admin-connection.ts';
import { waitFor } from '../../support/wait-for.ts';
import type { LinkName, ServerName } from '../step.ts';
import type { Violations } from '../violations.ts';
import { type ChaosAgent, startChaosAgents } from './chaos-agents.ts';
import { type ChaosServer, layOutChaosServers } from './chaos-servers.ts';
import type { LinkProxy } from './link-proxy.ts';
import type { ManagedProcess } from './managed-process.ts';
import { startReaper } from './reaper.ts';

export interface ChaosFleet {
  readonly dir: string;
  readonly admin: AdminConnection['client'];
  readonly agents: readonly ChaosAgent[];
  readonly servers: readonly ChaosServer[];
  readonly processes: readonly ManagedProcess[];
  server(name: ServerName): ChaosServer;
  link(name: LinkName): LinkProxy;
  readonly links: readonly LinkProxy[];
  /** SIGTERM to all, agents first; each must end well. */
  stop(): Promise<void>;
  /** Ends what still runs. With `keep`, everything that was logged is left in `dir`, otherwise nothing. */
  close(keep: boolean): Promise<void>;
}

export interface ChaosFleetOptions {
  readonly agents: number;
  readonly violations: Violations;
  /** Before the agents start: so that they have something to do. */
  readonly prepare: (admin: AdminConnection['client']) => Promise<void>;
  readonly log: (text: string) => void;
}

export async function startChaosFleet(options: ChaosFleetOptions): Promise<ChaosFleet> {
  const { violations, log } = options;
  const dir = await mkdtemp(join(tmpdir(), 'vigo-chaos-'));
  const reaper = startReaper();
  const { servers, links } = await layOutChaosServers({ dir, reaper, violations });
  const processes = [...servers.values()].map((server) => server.process);
  const removeDir = () => rmSync(dir, { recursive: true, force: true });
  process.once('exit', removeDir);
  const server = (name: ServerName): ChaosServer => servers.get(name) as ChaosServer;
  const hub = server('hub');
  let admin: AdminConnection | undefined;

  const close = async (keep: boolean): Promise<void> => {
    admin?.close();
    await Promise.all(processes.map((each) => each.kill()));
    await Promise.all([...links.values()].map((link) => link.close()));
    process.removeListener('exit', removeDir);
    if (keep) saveLogs(dir, processes);
    else removeDir();
    reaper.close();
  };
  try {
    log('starting the hub and its spokes');
    await hub.process.start();
    const connection = await connectAdmin(hub);
    admin = connection;
    for (const [id, { process: spoke }] of servers) {
      if (id === 'hub') continue;
      const { token } = await connection.client.createJoinToken({ spokeId: id });
      await spoke.start({ VIGO_JOIN_TOKEN: token });
    }
    await waitFor('all spokes take envoys', async () => {
      const { spokes } = await connection.client.getSpannerStatus({});
      return spokes.every(({ health }) => health === SpokeHealth.HEALTHY);
    });
    await options.prepare(connection.client);
    log(`enrolling and starting ${options.agents} agents`);
    const { token } = await connection.client.createEnrollmentToken({ uses: options.agents });
    const agents = await startChaosAgents({
      ...{ agents: options.agents, dir, token, reaper, violations },
      onProcess: (each) => processes.push(each),
      hubUrl: `https://127.0.0.1:${hub.ports.api}`,
      hubAddress: links.get('hub')?.address ?? '',
    });
    return {
      ...{ dir, admin: connection.client, agents, processes, server, close },
      servers: [...servers.values()],
      links: [...links.values()],
      link: (name) => links.get(name) as LinkProxy,
      async stop() {
        await Promise.all(agents.map((agent) => agent.process.stop()));
        await Promise.all([...servers.values()].map((each) => each.process.stop()));
      },
    };
  } catch (error) {
    await close(true);
    throw error;
  }
}

function saveLogs(dir: string, processes: readonly ManagedProcess[]): void {
  const logs = join(dir, 'logs');
  mkdirSync(logs, { recursive: true });
  for (const { name, lives } of processes) {
    for (const [i, child] of lives.entries()) {
      writeFileSync(join(logs, `${name}.${i + 1}.log`), child.stdout() + child.stderr());
    }
  }
}
