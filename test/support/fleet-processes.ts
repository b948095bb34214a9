/**
 * A fleet as an operator sets it up by hand: vendor key, license, hub, join tokens, spokes, agents; every part a process of
 * its own, every step a command.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { EnvoyJson } from '../../src/cli/json/envoy.ts';
import { spokeHealthName } from '../../src/cli/json/names.ts';
import { messageOf } from '../../src/fleet/errors.ts';
import { type AdminConnection, connectAdmin } from './admin-connection.ts';
import type { Child } from './child.ts';
import { hubYaml, licenseFile, type ServerPorts, serverPorts, serverYaml, spokeYaml } from './fleet-config.ts';
import { type CliResult, createProcesses, jsonOf, type Processes } from './processes.ts';
import { waitFor } from './wait-for.ts';

export interface FleetOptions {
  /** Default none: a standalone server, by the name of "hub", on the free license. */
  readonly spokes?: readonly string[];
  /** Spokes that the hub is told about, but that have never been started. */
  readonly unjoined?: readonly string[];
  /** Default "500ms". */
  readonly checkinInterval?: string;
}

/** A server of the fleet, which may be down. */
export interface FleetServer {
  readonly name: string;
  readonly dataDir: string;
  readonly configFile: string;
  readonly ports: ServerPorts;
  /** Its last process. */
  readonly child: Child;
}

export interface Fleet {
  readonly processes: Processes;
  readonly dir: string;
  /** What commands on the hub's machine find in their environment. */
  readonly env: NodeJS.ProcessEnv;
  /** "https://127.0.0.1:port" of the hub's API. */
  readonly apiUrl: string;
  readonly hub: FleetServer;
  spoke(id: string): FleetServer;
  /** Of `AdminService`, with the administrator's token; goes on after the hub was away. */
  readonly admin: AdminConnection['client'];
  /** The real command, on the hub's machine. */
  cli(args: readonly string[]): Promise<CliResult>;
  /** The same with `--json`, which must exit with 0. */
  json<T>(args: readonly string[]): Promise<T>;
  envoys(): Promise<EnvoyJson[]>;
  /** A token for as many machines as a test needs. */
  enrollmentToken(): Promise<string>;
  stateDir(hostname: string): string;
  /** `agent enroll`, by the hub's own token. */
  enroll(hostname: string): Promise<void>;
  /** `agent run`, once it has checked in. */
  runAgent(hostname: string): Promise<Child>;
  /** SIGKILL. */
  kill9(name: string): Promise<void>;
  /** SIGTERM. */
  stopServer(name: string): Promise<void>;
  /** Starts a server again that is down, or one that has not joined yet; its child is a new one. */
  restart(name: string, env?: NodeJS.ProcessEnv): Promise<Child>;
  waitForHealth(spoke: string, health: string): Promise<void>;
  stop(): Promise<void>;
}

// Another program may take a port between its choice and the server's start.
const START_TRIES = 3;

/** Resolves when all spokes are healthy. */
export async function startFleet(options: FleetOptions): Promise<Fleet> {
  for (let tries = 1; ; tries++) {
    const processes = await createProcesses();
    try {
      return await assemble(options, processes);
    } catch (error) {
      await processes.end().catch(() => undefined);
      if (tries === START_TRIES || !messageOf(error).includes('LISTEN_FAILED')) throw error;
    }
  }
}

async function assemble(options: FleetOptions, processes: Processes): Promise<Fleet> {
  const servers = new Map<string, Mutable<FleetServer>>();
  const server = (name: string) => {
    const found = servers.get(name);
    if (!found) throw new Error(`there is no server ${name} in this fleet`);
    return found;
  };
  const { dir } = processes;
  const spokes = options.spokes ?? [];
  const vendorKey = spokes.length > 0 ? { VIGO_LICENSE_VENDOR_KEY: join(dir, 'vendor/vendor.pub') } : {};
  const env = { ...vendorKey, VIGO_DATA_DIR: join(dir, 'hub') };
  const cli: Fleet['cli'] = (args) => processes.cli(args, { env });
  const json: Fleet['json'] = async <T>(args: readonly string[]) => {
    const result = await cli([...args, '--json']);
    if (result.code !== 0) throw new Error(`vigocli ${args.join(' ')}: exit ${result.code}: ${result.stdout}`);
    return jsonOf<T>(result);
  };
  const serve = (name: string, more: NodeJS.ProcessEnv = {}) =>
    processes.serve(name, ['serve', '--config', join(dir, `${name}.yaml`)], { env: { ...env, ...more } });

  await writeConfigs(options, dir, servers);
  if (spokes.length > 0) await issueLicense(dir, [...servers.keys()], json);
  server('hub').child = await serve('hub');
  await Promise.all(
    spokes.map(async (id) => {
      const { token } = await json<{ token: string }>(['spanner', 'join-token', id]);
      server(id).child = await serve(id, { VIGO_JOIN_TOKEN: token });
    }),
  );
  const admin = await connectAdmin(server('hub'));
  let token: Promise<string> | undefined;

  const fleet: Fleet = {
    processes,
    dir,
    env,
    apiUrl: `https://127.0.0.1:${server('hub').ports.api}`,
    get hub() {
      return server('hub');
    },
    spoke: server,
    admin: admin.client,
    cli,
    json,
    envoys: async () => (await json<{ envoys: EnvoyJson[] }>(['envoys', 'list'])).envoys,
    enrollmentToken: () =>
      (token ??= json<{ token: string }>(['tokens', 'create', '--uses', '1000']).then((made) => made.token)),
    stateDir: (hostname) => join(dir, 'agents', hostname),
    async enroll(hostname) {
      const where = ['--hostname', hostname, '--state-dir', fleet.stateDir(hostname)];
      await json(['agent', 'enroll', '--hub', fleet.apiUrl, '--token', await fleet.enrollmentToken(), ...where]);
    },
    async runAgent(hostname) {
      const child = processes.start(hostname, ['agent', 'run', '--state-dir', fleet.stateDir(hostname)]);
      await child.waitForLog('its first check-in', (line) => line.msg === 'checked in');
      return child;
    },
    kill9: (name) => processes.kill9(server(name).child),
    async stopServer(name) {
      const exit = await processes.stop(server(name).child);
      if (exit.code !== 0) throw new Error(`${name} ended with ${exit.code}: ${server(name).child.stderr()}`);
    },
    async restart(name, more) {
      server(name).child = await serve(name, more);
      return server(name).child;
    },
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
  await Promise.all(spokes.map((id) => fleet.waitForHealth(id, 'healthy')));
  return fleet;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

async function writeConfigs(
  options: FleetOptions,
  dir: string,
  servers: Map<string, Mutable<FleetServer>>,
): Promise<void> {
  const ids = [...(options.spokes ?? []), ...(options.unjoined ?? [])];
  const names = ['hub', ...ids];
  const ports = await serverPorts(names.length);
  const file = (name: string) => ({
    dataDir: join(dir, name),
    ports: ports[names.indexOf(name)] as ServerPorts,
    ...(options.checkinInterval ? { checkinInterval: options.checkinInterval } : {}),
  });
  const spokes = ids.map((id) => ({ id, port: file(id).ports.grpc }));
  const hubFile = () => (ids.length > 0 ? hubYaml({ ...file('hub'), spokes }) : serverYaml(file('hub')));
  for (const name of names) {
    const configFile = join(dir, `${name}.yaml`);
    await writeFile(configFile, name === 'hub' ? hubFile() : spokeYaml(file(name), name));
    servers.set(name, { name, configFile, ...file(name), child: undefined as unknown as Child });
  }
}

/** One license that names every machine's fingerprint, also before a spoke knows the fleet's CA. */
async function issueLicense(dir: string, names: readonly string[], json: Fleet['json']): Promise<void> {
  const dataDir = (name: string) => join(dir, name);
  const [, ...prints] = await Promise.all([
    json(['license', 'keygen', '--out', join(dir, 'vendor')]),
    ...names.map((name) => json<{ fingerprint: string }>(['license', 'fingerprint', '--data-dir', dataDir(name)])),
  ]);
  const fingerprints = (prints as { fingerprint: string }[]).flatMap(({ fingerprint }) => [
    '--fingerprint',
    fingerprint,
  ]);
  const out = licenseFile(dataDir('hub'));
  await json([
    ...['license', 'issue', '--key', join(dir, 'vendor/vendor.key'), '--customer', 'Acme', '--tier', 'enterprise'],
    ...['--envoys', '500', '--expires', '2099-01-01', ...fingerprints, '--out', out],
  ]);
  const text = await readFile(out);
  for (const name of names) {
    await mkdir(dirname(licenseFile(dataDir(name))), { recursive: true });
    await writeFile(licenseFile(dataDir(name)), text);
  }
}

/** Call inside `describe`: one fleet for all of its tests. */
export function useFleet(options: FleetOptions): Fleet {
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
