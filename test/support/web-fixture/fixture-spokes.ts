/** Made-up spokes as the protocol shows them. */
import { SpokeEligibility, SpokeHealth } from '../../../src/gen/vigo/v1/admin_pb.js';
import { CURRENT, PREVIOUS } from './fixture-config.ts';
import type { FixtureFleet, FixtureSpoke } from './fixture-fleet.ts';

/** The same line each time, and another for each spoke. */
function latencies(seed: number): number[] {
  return Array.from(
    { length: 60 },
    (_, i) => 1.1 + seed * 0.3 + Math.abs(Math.sin(i * 1.7 + seed)) + (i % 23 === 7 ? 4 : 0),
  );
}

export function spokeMessage(fleet: FixtureFleet, spoke: FixtureSpoke) {
  const index = fleet.spokes.indexOf(spoke);
  const recentMs = latencies(index);
  const sorted = recentMs.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.floor(sorted.length * share)] ?? 0;
  return {
    id: spoke.id,
    addr: `spoke${index + 1}.example.com:1530`,
    patterns: [`*.${spoke.id}.*`],
    online: !spoke.dead,
    health: spoke.dead ? SpokeHealth.UNHEALTHY : SpokeHealth.HEALTHY,
    eligibility: spoke.cordoned ? SpokeEligibility.CORDONED : SpokeEligibility.ELIGIBLE,
    envoyCount: fleet.envoys.filter((envoy) => envoy.spoke === spoke.id).length,
    latency: { lastMs: recentMs.at(-1) ?? 0, p50Ms: at(0.5), p99Ms: at(0.99), recentMs },
    lastProbeAt: fleet.ago(4000),
    lastReportAt: fleet.ago(spoke.dead ? 1_260_000 : 11_000),
    configVersion: spoke.behind ? PREVIOUS : CURRENT,
    configBehind: spoke.behind,
    reason: spoke.dead
      ? 'three probes in a row have failed: connect ECONNREFUSED 10.3.0.4:1530'
      : spoke.cordoned
        ? 'new disks on Thursday'
        : '',
    compliance: fleet.compliance(spoke.id),
    pendingNotices: spoke.dead ? 2 : 0,
    healthSince: fleet.ago(spoke.dead ? 1_200_000 : 86_400_000 * 6),
    hubAddress: index === 1 ? 'hub-standby.example.com:1530' : 'hub.example.com:1530',
    load: {
      checkinsPerSecond: fleet.envoys.length / fleet.spokes.length / 300,
      refusedPerSecond: index === 0 ? 0.4 : 0,
    },
  };
}

export function failoverMessage(fleet: FixtureFleet) {
  const dead = fleet.spokes.find((spoke) => spoke.dead);
  return {
    enabled: true,
    frozen: false,
    reason: '',
    held: dead
      ? [
          {
            spoke: dead.id,
            guard: 'paused',
            reason: 'an operator has paused it after the last failover; it goes on in 12 minutes',
            envoys: fleet.envoys.filter((envoy) => envoy.spoke === dead.id).length,
          },
        ]
      : [],
  };
}
