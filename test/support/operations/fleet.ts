/** The fleet that the page speaks of: a hub, two spokes with a few envoys, and machines that become a hub and a spoke. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { enroll } from '../../../src/agent/enroll.ts';
import { hubYaml, type ServerPorts, serverPorts, spokeYaml } from '../fleet-config.ts';
import { licenseServers } from '../fleet-license.ts';
import type { Processes } from '../processes.ts';
import { startTcpProxy } from '../tcp-proxy.ts';
import { doByHand } from './by-hand.ts';
import { editYaml } from './edit-yaml.ts';
import { createEyes, type Eyes } from './eyes.ts';
import { openSandbox, type Sandbox } from './sandbox.ts';

export const HUB = 'hub.example.com';
export const NEW_HUB = 'hub2.example.com';
export const SPOKES = ['spoke1.example.com', 'spoke2.example.com'] as const;
const NEW_SPOKE = 'spoke3.example.com';
/** Every envoy writes one file. */
const STACKS = {
  'configcrates/motd.vgo':
    'configcrate: motd\nresources:\n  - { type: file, target_path: /etc/motd, content: "first\\n" }\n',
  'envoys.vgo': 'envoys:\n  - { match: "*", configcrates: [motd] }\n',
};
/** Often enough not to be waited for, and not so often that agents are all that this machine does. */
const PACE = { dataDir: '.', checkinInterval: '1s' };

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
  const portsOf = (name: string) => addresses.get(name) as ServerPorts;
  const hub = portsOf(HUB);
  // Both names lead to the machine that listens there, whichever that is.
  const alias = await startTcpProxy(`127.0.0.1:${hub.grpc}`);
  addresses.set(NEW_HUB, { ...hub, grpc: Number(alias.address.split(':')[1]) });
  const vendorDir = join(processes.dir, 'vendor');

  const sandbox = await openSandbox({
    ...{ processes, addresses, names: [...servers, NEW_HUB, ...envoys] },
    goOn: (when) => eyes.goOn(when),
    inBetween: (machine, printed) => doByHand(byHand, machine, printed),
  });
  const { machines, units } = sandbox;
  const on = (name: string) => machines.named(name);
  const eyes = createEyes({ hub: () => on(HUB), api: hub.api });
  const byHand = {
    vendorKeyFile: join(vendorDir, 'vendor.key'),
    machines: () => machines,
    onLicensed: ({ name }: { name: string }) => name === NEW_HUB && machines.point(HUB, NEW_HUB),
  };

  const dataDirs = [HUB, ...SPOKES].map((name) => on(name).path('/srv/vigo'));
  await licenseServers(vendorDir, dataDirs, 500);
  const spokes = SPOKES.map((name, i) => ({ id: `dc${i + 1}`, port: portsOf(name).grpc }));
  // Names that belong nowhere yet go to dc2.
  const hubFile = editYaml(hubYaml({ ...PACE, ports: hub, spokes }), 'spanner: { default_spoke: dc2 }');
  await writeFile(on(HUB).path('/srv/vigo/hub.yaml'), hubFile);
  await units.systemctl(on(HUB), ['start', 'vigo-hub']);
  const reports = [`hub_addr: "127.0.0.1:${hub.grpc}"`, 'report_interval: 500ms'];
  const joinAs = async (name: string, spokeId: string) => {
    const file = spokeYaml({ ...PACE, ports: portsOf(name) }, spokeId, reports);
    await writeFile(on(name).path('/srv/vigo/spoke.yaml'), file);
    const { token } = await eyes.ask((admin) => admin.createJoinToken({ spokeId }));
    await writeFile(on(name).path('/srv/vigo/join.env'), `VIGO_JOIN_TOKEN=${token}\n`);
    await units.systemctl(on(name), ['start', 'vigo-spoke']);
  };
  await Promise.all(SPOKES.map((name, i) => joinAs(name, `dc${i + 1}`)));
  await eyes.goOn('every spoke is healthy');
  await mkdir(on(HUB).path('/root/stacks/configcrates'), { recursive: true });
  for (const [name, text] of Object.entries(STACKS)) await writeFile(on(HUB).path(`/root/stacks/${name}`), text);
  for (const name of ['vigocli-new.tgz', 'vigocli-old.tgz'])
    for (const each of [HUB, ...SPOKES]) await writeFile(on(each).path(`/root/${name}`), 'a package');

  return {
    ...sandbox,
    eyes,
    async enlist(hostname) {
      const machine = on(hostname);
      const { token } = await eyes.ask((admin) => admin.createEnrollmentToken({ uses: 1 }));
      await enroll({ token, hostname, stateDir: machine.path('/var/lib/vigo') });
      await units.systemctl(machine, ['start', 'vigo-agent']);
    },
    async close() {
      await sandbox.close();
      await alias.close();
    },
  };
}
