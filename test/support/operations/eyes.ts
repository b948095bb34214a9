/** What somebody sees who looks at the fleet: asked of the hub by its own commands, on the machine that bears its name. */
import { expect } from 'chai';
import type { EnvoyListJson } from '../../../src/cli/json/envoy.ts';
import type { SpannerStatusJson } from '../../../src/cli/json/spoke.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import { waitFor } from '../wait-for.ts';
import type { Sandbox } from './sandbox.ts';

export interface Eyes {
  ask<T>(...args: string[]): Promise<T>;
  status(): Promise<SpannerStatusJson>;
  /** Just these envoys are listed, each served by the spoke that is named, and has checked in there since. */
  see(owners: Readonly<Record<string, string>>): Promise<void>;
  /** Waits for what the page says behind "go on when". */
  goOn(when: string): Promise<void>;
}

const WAIT_MS = 30_000;

export function createEyes(sandbox: () => Sandbox): Eyes {
  const ask: Eyes['ask'] = (...args) => {
    const { machines, json } = sandbox();
    return json(machines.named('hub.example.com'), args);
  };
  const status = () => ask<SpannerStatusJson>('spanner', 'status');
  const conditions: Readonly<Record<string, (seen: SpannerStatusJson) => boolean>> = {
    'every spoke is healthy': ({ spokes }) => spokes.every(({ health }) => health === 'healthy'),
    'it names no spoke as not reconciled': ({ restoration }) => restoration === null,
  };
  return {
    ask,
    status,
    async see(owners) {
      const since = systemClock.now();
      await waitFor(
        'the fleet is as it should be',
        async () => {
          const { envoys, complete } = await ask<EnvoyListJson>('envoys', 'list');
          const seen = Object.fromEntries(envoys.map(({ hostname, spoke }) => [hostname, spoke]));
          expect({ complete, seen }).to.deep.equal({ complete: true, seen: owners });
          const silent = envoys.filter(({ lastSeenAt }) => lastSeenAt === null || Date.parse(lastSeenAt) < since);
          expect(
            silent.map(({ hostname }) => hostname),
            'have not checked in',
          ).to.deep.equal([]);
          return true;
        },
        WAIT_MS,
      );
    },
    async goOn(when) {
      const holds = conditions[when];
      if (!holds) throw new Error(`nobody knows when "${when}" is so`);
      await waitFor(when, async () => holds(await status()), WAIT_MS);
    },
  };
}
