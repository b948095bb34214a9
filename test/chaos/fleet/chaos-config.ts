/** server.yaml of a fleet in which everything is quick to be noticed, and every link goes through a proxy of its own. */
import { type ServerFile, serverYaml } from '../../support/fleet-config.ts';

/** Longest time that a list waits for a spoke, milliseconds. */
export const FANOUT_MS = 1_000;

// Far more than a run makes: what was acknowledged is never deleted because of its age.
const common = (
  file: ServerFile,
): string => `${serverYaml({ ...file, checkinInterval: '1s' })}runs: { max_per_envoy: 100000 }
spanner:
`;

export const chaosHubYaml = (
  file: ServerFile,
  spokes: readonly { readonly id: string; readonly addr: string }[],
): string => `${common(file)}  role: hub
  fanout_timeout: ${FANOUT_MS}ms
  auto_failover: { enabled: true, threshold: 3, interval: 500ms }
  spokes:
${spokes.map(({ id, addr }) => `    - { id: ${id}, addr: "${addr}", patterns: ["*.${id}.*"] }\n`).join('')}`;

export const chaosSpokeYaml = (file: ServerFile, id: string, hubAddr: string): string => `${common(file)}  role: spoke
  spoke_id: ${id}
  hub_addr: "${hubAddr}"
  report_interval: 1s
`;
