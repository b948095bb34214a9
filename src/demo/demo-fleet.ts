/** A fleet for trying out: hub, spokes and agents as processes of this machine, in a directory that is thrown away. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { Clock } from '../platform/clock.ts';
import { type Daemon, type Program, runCommand, startDaemon } from './program.ts';

/** Agents check in so often that a watcher does not get bored, and no more often. */
const CHECKIN_INTERVAL = '1s';
const PROBE_INTERVAL = '2s';

export interface DemoFleetOptions {
  readonly dir: string;
  /** Path of bin/run.js. */
  readonly program: string;
  readonly spokes: number;
  readonly envoys: number;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  /** Called with each step, in words. */
  readonly onStep: (step: string) => void;
}

export interface DemoFleet {
  /** The program with the environment in which it finds the hub. */
  readonly program: Program;
  readonly apiUrl: string;
  readonly hubDir: string;
  readonly hostnames: readonly string[];
  /** Stops all processes and removes all data. May be called again. */
  stop(): Promise<void>;
}

interface Ports {
  readonly grpc: number;
  readonly api: number;
}

/** Throws what keeps a part from starting; nothing is left running then. */
export async function startDemoFleet(options: DemoFleetOptions): Promise<DemoFleet> {
  const { dir } = options;
  const daemons: Daemon[] = [];
  const stop = async () => {
    // Agents first: they would only complain about servers that go.
    for (const group of [daemons.filter(isAgent), daemons.filter((daemon) => !isAgent(daemon))]) {
      await Promise.all(group.map((daemon) => daemon.stop()));
    }
    await rm(dir, { recursive: true, force: true });
  };
  try {
    return { ...(await assemble(options, daemons)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

const isAgent = (daemon: Daemon): boolean => daemon.name.startsWith('agent ');

async function assemble(options: DemoFleetOptions, daemons: Daemon[]): Promise<Omit<DemoFleet, 'stop'>> {
  const { dir, clock, onStep } = options;
  const hubDir = join(dir, 'hub');
  const env = { ...options.env, VIGO_DATA_DIR: hubDir, VIGO_LICENSE_VENDOR_KEY: join(dir, 'vendor', 'vendor.pub') };
  const program: Program = { file: options.program, env };
  const quietly = (...args: string[]) => runCommand(program, args, true).then(({ stdout }) => stdout);
  const ids = Array.from({ length: options.spokes }, (_, i) => `dc${i + 1}`);
  const start = async (name: string, args: readonly string[], until: string, extra: Record<string, string> = {}) => {
    const logFile = join(dir, `${name.replaceAll(' ', '-')}.log`);
    const daemon = await startDaemon(program, { name, args, until, env: extra, logFile, clock });
    daemons.push(daemon);
    return daemon;
  };

  onStep('making an evaluation license for this machine');
  const license = await makeLicense(quietly, dir, hubDir);
  const ports = await freePorts(ids.length + 2);
  const spokePorts = new Map(ids.map((id, i) => [id, ports[i + 2] as number]));

  onStep('starting the hub');
  const hubPorts: Ports = { grpc: ports[0] as number, api: ports[1] as number };
  await writeFile(join(dir, 'hub.yaml'), hubYaml(hubDir, license, hubPorts, spokePorts));
  await start('hub', ['serve', '--config', join(dir, 'hub.yaml')], 'ready');

  onStep(`starting ${ids.length} spokes: each fetches its certificate with a join token`);
  await Promise.all(
    ids.map(async (id) => {
      const config = join(dir, `${id}.yaml`);
      await writeFile(config, spokeYaml(join(dir, id), license, id, spokePorts.get(id) as number, hubPorts));
      const token = await quietly('spanner', 'join-token', id);
      await start(id, ['serve', '--config', config], 'ready', { VIGO_JOIN_TOKEN: token });
    }),
  );

  onStep(`enrolling ${options.envoys} envoys through the hub and starting their agents`);
  const apiUrl = `https://127.0.0.1:${hubPorts.api}`;
  const token = await quietly('tokens', 'create', '--uses', String(options.envoys), '--ttl', '1h');
  const hostnames = Array.from(
    { length: options.envoys },
    (_, i) => `web${Math.floor(i / ids.length) + 1}.${ids[i % ids.length]}.example.com`,
  );
  await eachOf(hostnames, 3, async (hostname) => {
    const stateDir = join(dir, 'agents', hostname);
    await quietly(
      'agent',
      'enroll',
      '--hub',
      apiUrl,
      '--token',
      token,
      '--hostname',
      hostname,
      '--state-dir',
      stateDir,
    );
    await start(
      `agent ${hostname}`,
      ['agent', 'run', '--state-dir', stateDir, '--root', join(dir, 'roots', hostname)],
      'checked in',
    );
  });
  return { program, apiUrl, hubDir, hostnames };
}

async function makeLicense(
  quietly: (...args: string[]) => Promise<string>,
  dir: string,
  hubDir: string,
): Promise<string> {
  const file = join(dir, 'vigo.lic');
  await mkdir(hubDir, { recursive: true, mode: 0o700 });
  await quietly('license', 'keygen', '--out', join(dir, 'vendor'));
  const fingerprint = await quietly('license', 'fingerprint', '--data-dir', hubDir);
  const terms = ['--customer', 'Demo', '--tier', 'evaluation', '--envoys', '1000', '--expires', '2100-01-01'];
  await quietly(
    'license',
    'issue',
    '--key',
    join(dir, 'vendor', 'vendor.key'),
    ...terms,
    '--fingerprint',
    fingerprint,
    '--out',
    file,
  );
  return file;
}

const quoted = (text: string): string => JSON.stringify(text);

function commonYaml(dataDir: string, license: string, listen: string): string {
  return [
    `data_dir: ${quoted(dataDir)}`,
    `server: { ${listen}, metrics_listen: "127.0.0.1:0", hostname: 127.0.0.1 }`,
    `license: { file: ${quoted(license)} }`,
    `checkin: { interval: ${CHECKIN_INTERVAL} }`,
    '',
  ].join('\n');
}

function hubYaml(dataDir: string, license: string, ports: Ports, spokes: ReadonlyMap<string, number>): string {
  const entries = [...spokes].map(
    ([id, port]) => `    - { id: ${id}, addr: "127.0.0.1:${port}", patterns: ["*.${id}.*"] }\n`,
  );
  const listen = `grpc_listen: "127.0.0.1:${ports.grpc}", api_listen: "127.0.0.1:${ports.api}"`;
  return `${commonYaml(dataDir, license, listen)}spanner:\n  role: hub\n  auto_failover: { interval: ${PROBE_INTERVAL} }\n  spokes:\n${entries.join('')}`;
}

function spokeYaml(dataDir: string, license: string, id: string, port: number, hub: Ports): string {
  return `${commonYaml(dataDir, license, `grpc_listen: "127.0.0.1:${port}"`)}spanner: { role: spoke, spoke_id: ${id}, hub_addr: "127.0.0.1:${hub.grpc}" }\n`;
}

/** Ports that nobody listens on just now, all different. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => new Promise((resolve) => server.once('listening', resolve))));
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/** `work` for all items, at most `width` at a time. */
async function eachOf<T>(items: readonly T[], width: number, work: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items];
  const worker = async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: width }, worker));
}
