/** A fleet on this machine: a hub, spokes and agents, each a process of its own, with a license and certificates as in real life. */
import { join } from 'node:path';
import type { EnvoyJson } from '../../src/cli/json/envoy.ts';
import { spokeHealthName } from '../../src/cli/json/names.ts';
import { messageOf } from '../../src/fleet/errors.ts';
import { type AdminConnection, connectAdmin } from './admin-connection.ts';
import type { Child } from './child.ts';
import { type FleetOptions, type FleetServer, type FleetServers, layOutServers } from './fleet-servers.ts';
import { createProcesses, type Processes } from './processes.ts';
import { waitFor } from './wait-for.ts';

export interface Fleet extends Omit<FleetServers, 'server' | 'serve'> {
  readonly processes: Processes;
  readonly dir: string;
  /** "https://127.0.0.1:port" of the hub's API. */
  readonly apiUrl: string;
  readonly hub: FleetServer;
  spoke(id: string): FleetServer;
  /** Of `AdminService`, with the administrator's token; goes on after the hub was away. */
  readonly admin: AdminConnection['client'];
  /** `envoys list` */
  envoys(): Promise<EnvoyJson[]>;
  /** A token for as many machines as a test needs. */
  enrollmentToken(): Promise<string>;
  stateDir(hostname: string): string;
  /** What stands in for "/" on this machine. */
  rootOf(hostname: string): string;
  /** `agent enroll` */
  enroll(hostname: string): Promise<void>;
  /** `agent run`, once it has checked in. */
  runAgent(hostname: string): Promise<Child>;
  /** SIGKILL. */
  kill9(name: string): Promise<void>;
  /** SIGTERM; it must end well, and in time. */
  stopServer(name: string): Promise<void>;
  /** Starts a server again that is down, or one that has not joined yet; its child is a new one. */
  restart(name: string, env?: NodeJS.ProcessEnv): Promise<Child>;
  waitForHealth(spoke: string, health: string): Promise<void>;
  stop(): Promise<void>;
}

// Another program may take a port between its choice and the server's start.
const START_TRIES = 3;

/** Resolves when all spokes are healthy. */
async function startFleet(options: FleetOptions): Promise<Fleet> {
  for (let tries = 1; ; tries++) {
    const processes = await createProcesses(await options.run?.());
    try {
      const servers = await layOutServers(options, processes);
      const admin = await startServers(servers, options.spokes ?? []);
      const fleet = createFleet(processes, servers, admin);
      await Promise.all((options.spokes ?? []).map((id) => fleet.waitForHealth(id, 'healthy')));
      return fleet;
    } catch (error) {
      await processes.end().catch(() => undefined);
      if (tries === START_TRIES || !messageOf(error).includes('LISTEN_FAILED')) throw error;
    }
  }
}

/** The hub first; then each spoke joins with a token of its own. */
async function startServers({ server, serve }: FleetServers, spokes: readonly string[]): Promise<AdminConnection> {
  await serve('hub');
  const admin = await connectAdmin(server('hub'));
  await Promise.all(
    spokes.map(async (spokeId) => {
      const { token } = await admin.client.createJoinToken({ spokeId });
      await serve(spokeId, { VIGO_JOIN_TOKEN: token });
    }),
  );
  return admin;
}

function createFleet(processes: Processes, servers: FleetServers, admin: AdminConnection): Fleet {
  const { server, serve, ...commands } = servers;
  const { dir } = processes;
  const apiUrl = `https://127.0.0.1:${server('hub').ports.api}`;
  const stateDir = (hostname: string) => join(dir, 'agents', hostname);
  const rootOf = (hostname: string) => join(dir, 'roots', hostname);
  let token: Promise<string> | undefined;
  const enrollmentToken = () =>
    (token ??= admin.client.createEnrollmentToken({ uses: 1000 }).then((made) => made.token));
  return {
    ...commands,
    ...{
      processes,
      dir,
      apiUrl,
      hub: server('hub'),
      spoke: server,
      admin: admin.client,
      stateDir,
      rootOf,
      enrollmentToken,
    },
    envoys: async () => (await commands.json<{ envoys: EnvoyJson[] }>(['envoys', 'list'])).envoys,
    async enroll(hostname) {
      const where = ['--hostname', hostname, '--state-dir', stateDir(hostname)];
      await commands.json(['agent', 'enroll', '--hub', apiUrl, '--token', await enrollmentToken(), ...where]);
    },
    async runAgent(hostname) {
      const child = processes.start(hostname, [
        'agent',
        'run',
        '--state-dir',
        stateDir(hostname),
        '--root',
        rootOf(hostname),
      ]);
      await child.waitForLog('its first check-in', (line) => line.msg === 'checked in');
      return child;
    },
    kill9: (name) => processes.kill9(server(name).child),
    async stopServer(name) {
      const exit = await processes.stop(server(name).child);
      if (exit.code !== 0) throw new Error(`${name} ended with ${exit.code}: ${server(name).child.stderr()}`);
    },
    restart: serve,
    async waitForHealth(id, health) {
      await waitFor(`${id} is ${health}`, async () => {
        const { spokes } = await admin.client.getSpannerStatus({});
        return spokes.some((spoke) => spoke.id === id && spokeHealthName(spoke.health) === health);
      });
    },
    async stop() {
      admin.close();
      await processes.end();
    },
  };
}

/** Call inside `describe`: one fleet for all of its tests. */
export function useFleetProcesses(options: FleetOptions): Fleet {
  let fleet: Fleet | undefined;
  before(async function () {
    this.timeout(60_000);
    fleet = await startFleet(options);
  });
  after(async function () {
    this.timeout(20_000);
    await fleet?.stop();
  });
  return new Proxy({} as Fleet, {
    get(_target, name: keyof Fleet) {
      if (!fleet) throw new Error('the fleet is there once the tests run');
      return fleet[name];
    },
  });
}
