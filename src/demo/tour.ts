/** What the demo shows: the list, a publish, a drain, the list again; each by the command that a user would type. */
import { VigoError } from '../fleet/errors.ts';
import { type Clock, sleep } from '../platform/clock.ts';
import type { DemoFleet } from './demo-fleet.ts';
import { runCommand } from './program.ts';

/** Agents come once a second; on a busy machine a list may take as long. */
const SETTLE_TIMEOUT_MS = 30_000;
const LOOK_EVERY_MS = 300;

export interface TourOptions {
  readonly fleet: DemoFleet;
  readonly clock: Clock;
  /** A directory with stacks to publish. */
  readonly stacks: string;
  /** Prints a line; commands print for themselves unless `quiet`. */
  readonly print: (line: string) => void;
  readonly quiet: boolean;
}

export interface TourResult {
  readonly envoys: number;
  readonly moved: number;
}

interface ListedEnvoy {
  readonly hostname: string;
  readonly spoke: string;
  readonly status: string;
  readonly lastSeenAt: string | null;
}

/** Throws if anything does not go as it should. */
export async function giveTour(options: TourOptions): Promise<TourResult> {
  const { fleet, clock, print, quiet } = options;
  const show = async (...args: string[]) => {
    print(`\n$ vigocli ${args.join(' ')}`);
    const { code } = await runCommand(fleet.program, args, quiet);
    if (code !== 0) throw new VigoError('INTERNAL', `vigocli ${args.join(' ')} ended with ${code}`);
  };
  await settled(options, clock.now(), () => true);
  await show('envoys', 'list');
  await show('config', 'publish', '--stacks', options.stacks, '-m', 'demo');
  await settled(options, clock.now(), (envoy) => envoy.status === 'converged');
  print('every agent has fetched its policy, applied it below a root of its own, and reported');
  const moving = (await list(fleet)).filter((envoy) => envoy.spoke === 'dc1').length;
  const drainedAt = clock.now();
  await show('spanner', 'drain', '--spoke', 'dc1', '--to', 'dc2', '--yes', '--reason', 'demo');
  await settled(options, drainedAt, (envoy) => envoy.spoke !== 'dc1');
  print('every agent has followed and checked in at its new spoke, without being restarted');
  await show('envoys', 'list');
  await show('spanner', 'status');
  return { envoys: fleet.hostnames.length, moved: moving };
}

async function list({ program }: DemoFleet): Promise<ListedEnvoy[]> {
  const { stdout } = await runCommand(
    program,
    ['envoys', 'list', '--limit', '1000', '--require-complete', '--json'],
    true,
  );
  return (JSON.parse(stdout) as { envoys: ListedEnvoy[] }).envoys;
}

/** Waits until all envoys are there, are where they belong, and have checked in since `since`. */
async function settled(
  { fleet, clock }: TourOptions,
  since: number,
  belongs: (envoy: ListedEnvoy) => boolean,
): Promise<void> {
  const expected = [...fleet.hostnames].sort().join(' ');
  const until = clock.monotonic() + SETTLE_TIMEOUT_MS;
  for (;;) {
    const envoys = await list(fleet);
    const names = envoys.map((envoy) => envoy.hostname).sort();
    // Not a matter of time: an envoy is never missing and never doubled.
    if (names.join(' ') !== expected)
      throw new VigoError('INTERNAL', `expected ${expected}, but the list has ${names.join(' ')}`);
    const late = envoys.filter(
      (envoy) => !belongs(envoy) || Date.parse(envoy.lastSeenAt ?? '') <= since || envoy.lastSeenAt === null,
    );
    if (late.length === 0) return;
    if (clock.monotonic() > until) {
      throw new VigoError(
        'TIMEOUT',
        `still waiting for ${late.map((envoy) => `${envoy.hostname} on ${envoy.spoke}`).join(', ')}`,
      );
    }
    await sleep(clock, LOOK_EVERY_MS);
  }
}
