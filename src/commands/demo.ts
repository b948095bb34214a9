/** vigocli demo */
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import * as Flags from '@oclif/core/flags';
import { BaseCommand } from '../cli/base-command.ts';
import { withInterrupt } from '../cli/interrupt.ts';
import type { DemoFleet } from '../demo/demo-fleet.ts';
import type { TourResult } from '../demo/tour.ts';
import { keepAlive } from '../platform/keep-alive.ts';

export default class Demo extends BaseCommand<TourResult> {
  static override summary = 'Run a whole fleet on this machine and drain a spoke before your eyes.';
  static override description =
    'Hub, spokes and agents are real processes with throw-away data and an evaluation license. Ctrl-C ends and removes all.';
  static override examples = ['<%= config.bin %> <%= command.id %>', '<%= config.bin %> <%= command.id %> --once'];
  static override flags = {
    spokes: Flags.integer({ description: 'how many spokes', default: 2, min: 2, max: 9, helpValue: 'N' }),
    envoys: Flags.integer({ description: 'how many envoys', default: 6, min: 2, max: 100, helpValue: 'N' }),
    once: Flags.boolean({ description: 'end after the tour: with 0 if all of it worked' }),
  };

  async run(): Promise<TourResult> {
    const { flags } = await this.parse(Demo);
    const { startDemoFleet } = await import('../demo/demo-fleet.ts');
    const { giveTour } = await import('../demo/tour.ts');
    const { systemClock } = await import('../platform/clock.ts');
    const dir = await mkdtemp(join(tmpdir(), 'vigo-demo-'));
    const release = keepAlive();
    let fleet: DemoFleet | undefined;
    try {
      return await withInterrupt(async (signal) => {
        fleet = await startDemoFleet({
          dir,
          program: join(this.config.root, 'bin', 'run.js'),
          spokes: flags.spokes,
          envoys: flags.envoys,
          env: process.env,
          clock: systemClock,
          onStep: (step) => this.print(step),
        });
        const print = (line: string) => this.print(line);
        // As short as a user would type it.
        const stacks = relative(process.cwd(), join(this.config.root, 'examples', 'stacks'));
        const result = await giveTour({ fleet, clock: systemClock, stacks, print, quiet: !this.human });
        if (!flags.once) await this.keepRunning(fleet, signal);
        return result;
      });
    } finally {
      await fleet?.stop();
      release();
    }
  }

  private async keepRunning(fleet: DemoFleet, signal: AbortSignal): Promise<void> {
    this.print(`
The fleet keeps running until Ctrl-C. In another terminal:

  export VIGO_DATA_DIR=${fleet.hubDir}
  alias vigocli="${process.execPath} ${fleet.program.file}"
  vigocli envoys list --watch
  vigocli spanner uncordon dc1
  vigocli spanner rebalance

Web UI:   ${fleet.apiUrl}/  (the browser does not know this fleet's CA, ${join(fleet.hubDir, 'tls', 'ca.pem')}, and will say so)
Sign in:  ${await this.readToken(fleet)}`);
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    this.print('stopping');
  }

  /** The fleet is thrown away, and so is its token. */
  private async readToken(fleet: DemoFleet): Promise<string> {
    return (await readFile(join(fleet.hubDir, 'admin-token'), 'utf8')).trim();
  }
}
