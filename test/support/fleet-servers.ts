/** The servers of a fleet on this machine: their ports, files and processes, and the commands that reach them. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Child } from './child.ts';
import { hubYaml, type ServerPorts, serverPorts, serverYaml, spokeYaml } from './fleet-config.ts';
import { licenseServers } from './fleet-license.ts';
import { type CliResult, jsonOf, type Processes, type ProcessesOptions } from './processes.ts';

export interface FleetOptions {
  /** Default none: a standalone server, by the name of "hub", on the free license. */
  readonly spokes?: readonly string[];
  /** Spokes that the hub is told about, but that have never been started. */
  readonly unjoined?: readonly string[];
  /** Failed spokes are drained by themselves; default no. */
  readonly autoFailover?: boolean;
  /** Default "500ms". */
  readonly checkinInterval?: string;
  /** Where the hub dials a spoke that listens at `address`; default: there. Asked before anything starts. */
  readonly dialAt?: (id: string, address: string) => Promise<string>;
  /** More lines of `spanner` in a spoke's file, such as where it reports; `hub`: "host:port" of the hub's mTLS listener. */
  readonly spokeSettings?: (id: string, hub: string) => Promise<readonly string[]>;
  /** More lines of the hub's file, outside of all sections; `dir`: of the whole fleet. */
  readonly hubSettings?: (dir: string) => Promise<string>;
  /** Check-ins a second; default the product's. */
  readonly checkinMaxRate?: number;
  /** Of the certificates that the hub issues; default the product's. */
  readonly certLifetime?: string;
  /** Of spokes by the hub; default "500ms". */
  readonly probeInterval?: string;
  /** Envoys that the license allows; default 500. */
  readonly licensedEnvoys?: number;
  /** Which program the processes run, and what they find in their environment; default: this clone's. */
  readonly run?: () => Promise<ProcessesOptions>;
  /** Called before any server starts, with where their data will be. */
  readonly prepare?: (dataDirOf: (name: string) => string) => Promise<void>;
}

/** A server of the fleet, which may be down. */
export interface FleetServer {
  readonly name: string;
  readonly dataDir: string;
  readonly configFile: string;
  readonly ports: ServerPorts;
  /** Its last process. Throws if it was never started. */
  readonly child: Child;
}

export interface FleetServers {
  /** What commands on the hub's machine find in their environment. */
  readonly env: NodeJS.ProcessEnv;
  server(name: string): FleetServer;
  /** Starts a server that is down; its child is a new one. */
  serve(name: string, env?: NodeJS.ProcessEnv): Promise<Child>;
  /** The real command, on the hub's machine. */
  cli(args: readonly string[]): Promise<CliResult>;
  /** The same with `--json`, which must exit with 0. */
  json<T>(args: readonly string[]): Promise<T>;
}

/** Configured and licensed; none is started yet. */
export async function layOutServers(options: FleetOptions, processes: Processes): Promise<FleetServers> {
  const { dir } = processes;
  const children = new Map<string, Child>();
  const servers = await writeServers(options, dir, children);
  const licensed = servers.size > 1;
  if (licensed) {
    await licenseServers(
      join(dir, 'vendor'),
      [...servers.values()].map(({ dataDir }) => dataDir),
      options.licensedEnvoys ?? 500,
    );
  }
  await options.prepare?.((name) => join(dir, name));
  const env = {
    ...(licensed ? { VIGO_LICENSE_VENDOR_KEY: join(dir, 'vendor/vendor.pub') } : {}),
    VIGO_DATA_DIR: join(dir, 'hub'),
  };
  const server = (name: string): FleetServer => {
    const found = servers.get(name);
    if (!found) throw new Error(`there is no server ${name} in this fleet`);
    return found;
  };
  return {
    env,
    server,
    async serve(name, more) {
      const args = ['serve', '--config', server(name).configFile];
      const child = await processes.serve(name, args, { env: { ...env, ...more } });
      children.set(name, child);
      return child;
    },
    cli: (args) => processes.cli(args, { env }),
    async json<T>(args: readonly string[]) {
      const result = await processes.cli([...args, '--json'], { env });
      if (result.code !== 0) throw new Error(`vigocli ${args.join(' ')}: exit ${result.code}: ${result.stdout}`);
      return jsonOf<T>(result);
    },
  };
}

/** Chooses ports and writes the configuration of every server. */
async function writeServers(
  options: FleetOptions,
  dir: string,
  children: ReadonlyMap<string, Child>,
): Promise<Map<string, FleetServer>> {
  const ids = [...(options.spokes ?? []), ...(options.unjoined ?? [])];
  const names = ['hub', ...ids];
  const ports = await serverPorts(names.length);
  const file = (name: string) => ({
    dataDir: join(dir, name),
    ports: ports[names.indexOf(name)] as ServerPorts,
    ...(options.checkinInterval ? { checkinInterval: options.checkinInterval } : {}),
    ...(options.checkinMaxRate ? { checkinMaxRate: options.checkinMaxRate } : {}),
    certLifetime: options.certLifetime,
  });
  const addressOf = (name: string) => `127.0.0.1:${file(name).ports.grpc}`;
  const {
    dialAt = async (_id, address) => address,
    spokeSettings = async () => [],
    hubSettings = async () => '',
  } = options;
  const more = await hubSettings(dir);
  const spokes = await Promise.all(
    ids.map(async (id) => ({ id, port: file(id).ports.grpc, addr: await dialAt(id, addressOf(id)) })),
  );
  const hubFile = () =>
    ids.length > 0
      ? hubYaml({ ...file('hub'), spokes, autoFailover: options.autoFailover, probeInterval: options.probeInterval })
      : serverYaml(file('hub'));
  const servers = new Map<string, FleetServer>();
  for (const name of names) {
    const configFile = join(dir, `${name}.yaml`);
    await writeFile(
      configFile,
      name === 'hub' ? `${hubFile()}${more}` : spokeYaml(file(name), name, await spokeSettings(name, addressOf('hub'))),
    );
    const { dataDir, ports: own } = file(name);
    servers.set(name, {
      ...{ name, configFile, dataDir, ports: own },
      get child() {
        const child = children.get(name);
        if (!child) throw new Error(`${name} was never started`);
        return child;
      },
    });
  }
  return servers;
}
