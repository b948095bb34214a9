/** server.yaml of a fleet on this machine. */
import { join } from 'node:path';
import { freePorts } from './free-ports.ts';

export interface ServerPorts {
  readonly grpc: number;
  readonly api: number;
  readonly metrics: number;
}

export interface ServerFile {
  readonly dataDir: string;
  readonly ports: ServerPorts;
  /** "500ms"; default 500 ms. */
  readonly checkinInterval?: string;
  /** Default the product's. */
  readonly checkinMaxRate?: number;
  /** Of certificates that it issues; default the product's. */
  readonly certLifetime?: string | undefined;
}

/** How fast a hub finds out that a spoke is dead: three probes, half a second apart. */
export const PROBE_INTERVAL_MS = 500;

export async function serverPorts(servers: number): Promise<ServerPorts[]> {
  const ports = await freePorts(servers * 3);
  return Array.from({ length: servers }, (_, i) => {
    const [grpc = 0, api = 0, metrics = 0] = ports.slice(i * 3);
    return { grpc, api, metrics };
  });
}

/** Where a server keeps its license, if nobody says otherwise. */
export const licenseFile = (dataDir: string): string => join(dataDir, 'license/vigo.lic');

/** The part that all roles have. */
export const serverYaml = ({
  dataDir,
  ports,
  checkinInterval = '500ms',
  checkinMaxRate = 1_000,
  certLifetime,
}: ServerFile): string => `data_dir: ${dataDir}
server:
  grpc_listen: "127.0.0.1:${ports.grpc}"
  api_listen: "127.0.0.1:${ports.api}"
  metrics_listen: "127.0.0.1:${ports.metrics}"
  hostname: 127.0.0.1
${certLifetime === undefined ? '' : `  tls: { cert_lifetime: ${certLifetime} }\n`}checkin: { interval: ${checkinInterval}, max_rate: ${checkinMaxRate} }
`;

export interface HubFile extends ServerFile {
  /** `addr`: where the hub dials it; default its port on this machine. */
  readonly spokes: readonly { readonly id: string; readonly port: number; readonly addr?: string }[];
  /** Failed spokes are drained by themselves. */
  readonly autoFailover?: boolean | undefined;
  readonly probeInterval?: string | undefined;
}

/** A spoke's pattern is `*.<id>.*`. */
export const hubYaml = (file: HubFile): string => `${serverYaml(file)}spanner:
  role: hub
  fanout_timeout: 2s
  auto_failover: { enabled: ${file.autoFailover === true}, interval: ${file.probeInterval ?? `${PROBE_INTERVAL_MS}ms`} }
  spokes:
${file.spokes.map(({ id, port, addr = `127.0.0.1:${port}` }) => `    - { id: ${id}, addr: "${addr}", patterns: ["*.${id}.*"] }\n`).join('')}`;

/** `settings`: more lines of `spanner`. */
export const spokeYaml = (file: ServerFile, id: string, settings: readonly string[] = []): string =>
  [
    `${serverYaml(file)}spanner:`,
    '  role: spoke',
    `  spoke_id: ${id}`,
    ...settings.map((line) => `  ${line}`),
    '',
  ].join('\n');
