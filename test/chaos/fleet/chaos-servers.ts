/** The servers of a fleet under chaos and the links between them: laid out, licensed, none started yet. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { serverPorts } from '../../support/fleet-config.ts';
import { licenseServers } from '../../support/fleet-license.ts';
import { freePorts } from '../../support/free-ports.ts';
import { LINKS, type LinkName, SERVERS, type ServerName, SPOKES } from '../step.ts';
import type { Violations } from '../violations.ts';
import { chaosHubYaml, chaosSpokeYaml } from './chaos-config.ts';
import { type LinkProxy, startLinkProxy } from './link-proxy.ts';
import { createManagedProcess, type ManagedProcess } from './managed-process.ts';
import type { Reaper } from './reaper.ts';

export interface ChaosServer {
  readonly name: ServerName;
  readonly dataDir: string;
  readonly databaseFile: string;
  readonly ports: { readonly api: number };
  readonly process: ManagedProcess;
  /** What goes wrong in it just now: lines of a fault file. */
  readonly faults: readonly string[];
  /** How often that has changed. */
  readonly faultChanges: number;
  fail(...faults: string[]): Promise<void>;
}

export interface ChaosServers {
  readonly servers: ReadonlyMap<ServerName, ChaosServer>;
  readonly links: ReadonlyMap<LinkName, LinkProxy>;
}

export interface ChaosServersOptions {
  readonly dir: string;
  readonly reaper: Reaper;
  readonly violations: Violations;
}

export async function layOutChaosServers(options: ChaosServersOptions): Promise<ChaosServers> {
  const { dir } = options;
  const ports = await serverPorts(SERVERS.length);
  const grpcOf = new Map(SERVERS.map((name, i) => [name, ports[i]?.grpc ?? 0]));
  const links = await startLinks(grpcOf);
  const addressOf = (link: LinkName): string => links.get(link)?.address ?? '';
  const servers = new Map<ServerName, ChaosServer>();
  for (const [i, name] of SERVERS.entries()) {
    const file = { dataDir: join(dir, name), ports: ports[i] ?? { grpc: 0, api: 0, metrics: 0 } };
    const yaml =
      name === 'hub'
        ? chaosHubYaml(
            file,
            SPOKES.map((id) => ({ id, addr: addressOf(id) })),
          )
        : chaosSpokeYaml(file, name, addressOf(`${name}-hub`));
    await writeFile(join(dir, `${name}.yaml`), yaml);
    servers.set(name, chaosServer(options, name, file));
  }
  await licenseServers(
    join(dir, 'vendor'),
    [...servers.values()].map(({ dataDir }) => dataDir),
    500,
  );
  return { servers, links };
}

/** "dc1" leads to dc1; all others to the hub. */
async function startLinks(grpcOf: ReadonlyMap<ServerName, number>): Promise<Map<LinkName, LinkProxy>> {
  const ports = await freePorts(LINKS.length);
  const links = new Map<LinkName, LinkProxy>();
  for (const [i, link] of LINKS.entries()) {
    const target = grpcOf.get(link as ServerName) ?? grpcOf.get('hub') ?? 0;
    links.set(link, await startLinkProxy(ports[i] ?? 0, target));
  }
  return links;
}

function chaosServer(
  { dir, reaper, violations }: ChaosServersOptions,
  name: ServerName,
  { dataDir, ports }: { readonly dataDir: string; readonly ports: { readonly api: number } },
): ChaosServer {
  const file = join(dir, `${name}.faults`);
  let faults: readonly string[] = [];
  let faultChanges = 0;
  return {
    ...{ name, dataDir, ports, databaseFile: join(dataDir, 'vigo.db') },
    get faults() {
      return faults;
    },
    get faultChanges() {
      return faultChanges;
    },
    process: createManagedProcess({
      ...{ name, dir, reaper, violations, ready: 'ready' },
      args: ['serve', '--config', join(dir, `${name}.yaml`)],
      env: { VIGO_LICENSE_VENDOR_KEY: join(dir, 'vendor/vendor.pub'), VIGO_FAULTS: file },
    }),
    async fail(...lines) {
      faultChanges++;
      faults = lines;
      await writeFile(file, lines.join('\n'));
    },
  };
}
