/** The fleet that the page speaks of: a hub, two spokes with a few envoys, and machines that become a hub and a spoke. */
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { hubYaml, type ServerPorts, serverPorts, spokeYaml } from '../fleet-config.ts';
import { licenseServers } from '../fleet-license.ts';
import type { Processes } from '../processes.ts';
import { startTcpProxy } from '../tcp-proxy.ts';
import { editYaml } from './edit-yaml.ts';
import { createEyes, type Eyes } from './eyes.ts';
import type { Machine } from './machines.ts';
import { openSandbox, type Sandbox } from './sandbox.ts';

export const HUB = 'hub.example.com';
export const NEW_HUB = 'hub2.example.com';
const SPOKES = ['spoke1.example.com', 'spoke2.example.com'];
const NEW_SPOKE = 'spoke3.example.com';
const STACKS = join(import.meta.dirname, '../../../examples/stacks');

export interface OperatedFleet extends Sandbox {
  readonly eyes: Eyes;
  /** A machine with an agent that has checked in. */
  enlist(hostname: string): Promise<void>;
}

/** `envoys`: host names of machines that will be envoys, now or later. */
export async function startFleet(processes: Processes, envoys: readonly string[]): Promise<OperatedFleet> {
  const servers = [HUB, ...SPOKES, NEW_SPOKE];
  const ports = await serverPorts(servers.length);
  const addresses = new Map<string, ServerPorts>(servers.map((name, i) => [name, ports[i] as ServerPorts]));
  const [hub, ...spokes] = [HUB, ...SPOKES].map((name) => addresses.get(name) as ServerPorts) as [
    ServerPorts,
    ...ServerPorts[],
  ];
  // Both names lead to the machine that listens there, whichever that is.
  const alias = await startTcpProxy(`127.0.0.1:${hub.grpc}`);
  addresses.set(NEW_HUB, { ...hub, grpc: Number(alias.address.split(':')[1]) });

  const sandbox: Sandbox = await openSandbox({
    ...{ processes, addresses, names: [...servers, NEW_HUB, ...envoys] },
    goOn: (when) => eyes.goOn(when),
    inBetween,
  });
  const eyes = createEyes(() => sandbox);
  const { machines, units } = sandbox;
  const on = (name: string) => machines.named(name);
  let licenses = 0;

  /** The vendor answers a fingerprint with a license; a passphrase is copied to where the page says. */
  async function inBetween(machine: Machine, printed: string): Promise<void> {
    const [fingerprint] = /^vf1-\S+$/m.exec(printed) ?? [];
    if (fingerprint) {
      const file = join(processes.dir, `${licenses++}.lic`);
      const license = ['--customer', 'Acme', '--tier', 'enterprise', '--envoys', '500', '--expires', '2099-01-01'];
      const key = join(processes.dir, 'vendor/vendor.key');
      await sandbox.json(machine, [
        'license',
        'issue',
        '--key',
        key,
        ...license,
        '--fingerprint',
        fingerprint,
        '--out',
        file,
      ]);
      await cp(file, machine.path('/root/vigo.lic'));
      // By then the page wants the name of the hub to lead to the new one.
      if (machine.name === NEW_HUB) machines.point(HUB, NEW_HUB);
    }
    const passphrase = await readFile(machine.path('/root/vigo-passphrase')).catch(() => undefined);
    if (!passphrase) return;
    for (const each of machines.all) await writeFile(each.path('/root/vigo-passphrase'), passphrase, { mode: 0o600 });
  }

  await licenseServers(
    join(processes.dir, 'vendor'),
    [HUB, ...SPOKES].map((name) => on(name).path('/srv/vigo')),
    500,
  );
  const dc = spokes.map((own, i) => ({ id: `dc${i + 1}`, port: own.grpc }));
  // Names that belong nowhere yet go to dc2.
  const file = editYaml(hubYaml({ dataDir: '.', ports: hub, spokes: dc }), 'spanner: { default_spoke: dc2 }');
  await writeFile(on(HUB).path('/srv/vigo/hub.yaml'), file);
  await units.systemctl(on(HUB), ['start', 'vigo-hub']);
  for (const [i, own] of spokes.entries()) {
    const machine = on(SPOKES[i] as string);
    const reports = [`hub_addr: "127.0.0.1:${hub.grpc}"`, 'report_interval: 500ms'];
    await writeFile(
      machine.path('/srv/vigo/spoke.yaml'),
      spokeYaml({ dataDir: '.', ports: own }, `dc${i + 1}`, reports),
    );
    const { token } = await eyes.ask<{ token: string }>('spanner', 'join-token', `dc${i + 1}`);
    await writeFile(machine.path('/srv/vigo/join.env'), `VIGO_JOIN_TOKEN=${token}\n`);
    await units.systemctl(machine, ['start', 'vigo-spoke']);
  }
  await cp(STACKS, on(HUB).path('/root/stacks'), { recursive: true });
  for (const name of ['vigocli-new.tgz', 'vigocli-old.tgz'])
    for (const each of [HUB, ...SPOKES]) await writeFile(on(each).path(`/root/${name}`), 'a package');

  return {
    ...sandbox,
    eyes,
    async enlist(hostname) {
      const machine = on(hostname);
      const stateDir = machine.path('/var/lib/vigo');
      await mkdir(dirname(stateDir), { recursive: true });
      const { token } = await eyes.ask<{ token: string }>('tokens', 'create', '--uses', '1');
      const whom = ['--token', token, '--hostname', hostname, '--state-dir', stateDir];
      await sandbox.json(machine, ['agent', 'enroll', '--hub', `https://127.0.0.1:${hub.api}`, ...whom]);
      await units.systemctl(machine, ['start', 'vigo-agent']);
    },
    async close() {
      await sandbox.close();
      await alias.close();
    },
  };
}
