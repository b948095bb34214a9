/** Made-up runs. */
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { EnvoyStatus, ResourceOutcome } from '../../../src/gen/vigo/v1/types_pb.js';
import type { FixtureEnvoy } from './fixture-envoys.ts';
import type { FixtureFleet } from './fixture-fleet.ts';

const INTERVAL_MS = 300_000;

/** The n-th last run of an envoy; its id says which it is. */
export function runMessage(fleet: FixtureFleet, envoy: FixtureEnvoy, back: number) {
  const failed = envoy.status === EnvoyStatus.FAILED || envoy.status === EnvoyStatus.DEGRADED ? 2 : 0;
  const changed = envoy.status === EnvoyStatus.RELAPSED && back < 2 ? 3 : 0;
  const broken = envoy.status === EnvoyStatus.FAILED && back === 1;
  return {
    id: `${envoy.id.slice(0, 32)}${envoy.id.slice(32)}.${back}`,
    startedAt: timestampFromMs(fleet.madeAt - 60_000 - back * INTERVAL_MS),
    durationMs: 840 + back * 131,
    configVersion: envoy.configVersion,
    ok: broken ? 0 : 41 - failed - changed,
    changed: broken ? 0 : changed,
    failed: broken ? 0 : failed,
    skipped: broken ? 0 : failed,
    error: broken ? 'the bundle could not be fetched: the spoke did not answer for 30 s' : '',
    envoyId: envoy.id,
    spoke: envoy.spoke,
    receivedAt: timestampFromMs(fleet.madeAt - 58_000 - back * INTERVAL_MS),
    hostname: envoy.hostname,
  };
}

const RESOURCES = [
  'motd/motd',
  'sshd/sshd_config',
  'sshd/sshd',
  'users/deploy',
  'cron/rotate',
  'ntp/chrony',
  'base/curl',
];
const TYPES = ['file', 'file', 'service', 'user', 'cron', 'package', 'package'];

export function resultMessages(run: ReturnType<typeof runMessage>) {
  if (run.error) return [];
  const outcomes = [
    ...Array<ResourceOutcome>(run.ok).fill(ResourceOutcome.OK),
    ...Array<ResourceOutcome>(run.changed).fill(ResourceOutcome.CHANGED),
    ...Array<ResourceOutcome>(run.failed).fill(ResourceOutcome.FAILED),
    ...Array<ResourceOutcome>(run.skipped).fill(ResourceOutcome.SKIPPED),
  ];
  return outcomes.map((outcome, i) => ({
    resource: `${RESOURCES[i % RESOURCES.length]}${i >= RESOURCES.length ? `-${Math.floor(i / RESOURCES.length)}` : ''}`,
    type: TYPES[i % TYPES.length] ?? 'file',
    outcome,
    message: messageOf(outcome),
    durationMs: 3 + ((i * 37) % 190),
  }));
}

function messageOf(outcome: ResourceOutcome): string {
  switch (outcome) {
    case ResourceOutcome.CHANGED:
      return 'content differed, mode 0644 to 0600';
    case ResourceOutcome.FAILED:
      return 'exit status 1: Job for sshd.service failed because the control process exited with error code.\nSee "systemctl status sshd.service" for details.';
    case ResourceOutcome.SKIPPED:
      return 'sshd/sshd_config has failed';
    default:
      return '';
  }
}
