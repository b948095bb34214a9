/** What somebody sees who looks at the fleet: asked of the hub, on the machine that bears its name, as its own commands ask it. */
import type { Client } from '@connectrpc/connect';
import { expect } from 'chai';
import { envoyListJson } from '../../../src/cli/json/envoy.ts';
import { type SpannerStatusJson, spannerStatusJson } from '../../../src/cli/json/spoke.ts';
import type { AdminService } from '../../../src/gen/vigo/v1/admin_pb.js';
import { systemClock } from '../../../src/platform/clock.ts';
import { connectAdmin } from '../admin-connection.ts';
import { waitFor } from '../wait-for.ts';
import type { Machine } from './machines.ts';

type Admin = Client<typeof AdminService>;

export interface Eyes {
  /** Over a connection of its own, because the hub may have got another CA, or another machine, since. */
  ask<T>(question: (admin: Admin) => Promise<T>): Promise<T>;
  status(): Promise<SpannerStatusJson>;
  /** Just these envoys are listed, each served by the spoke that is named, and has checked in there since. */
  see(owners: Readonly<Record<string, string>>): Promise<void>;
  /** Waits for what the page says behind "go on when". */
  goOn(when: string): Promise<void>;
}

export interface EyesOptions {
  /** The machine that the hub runs on now. */
  readonly hub: () => Machine;
  /** Port of the hub's API. */
  readonly api: number;
}

const WAIT_MS = 30_000;

const CONDITIONS: Readonly<Record<string, (seen: SpannerStatusJson) => boolean>> = {
  'every spoke is healthy': ({ spokes }) => spokes.every(({ health }) => health === 'healthy'),
  'it names no spoke as not reconciled': ({ restoration }) => restoration === null,
};

export function createEyes({ hub, api }: EyesOptions): Eyes {
  const ask: Eyes['ask'] = async (question) => {
    const { client, close } = await connectAdmin({ dataDir: hub().path('/srv/vigo'), ports: { api } });
    try {
      return await question(client);
    } finally {
      close();
    }
  };
  const status = async (admin: Admin) => spannerStatusJson(await admin.getSpannerStatus({}));
  const waitUntil = (what: string, holds: (admin: Admin) => Promise<boolean>) =>
    ask((admin) => waitFor(what, () => holds(admin), WAIT_MS));
  return {
    ask,
    status: () => ask(status),
    async see(owners) {
      const since = systemClock.now();
      await waitUntil('the fleet is as it should be', async (admin) => {
        const { envoys, complete } = envoyListJson(await admin.listEnvoys({ limit: 100 }));
        const seen = Object.fromEntries(envoys.map(({ hostname, spoke }) => [hostname, spoke]));
        expect({ complete, seen }).to.deep.equal({ complete: true, seen: owners });
        const silent = envoys.filter(({ lastSeenAt }) => lastSeenAt === null || Date.parse(lastSeenAt) < since);
        expect(
          silent.map(({ hostname }) => hostname),
          'have not checked in',
        ).to.deep.equal([]);
        return true;
      });
    },
    async goOn(when) {
      const holds = CONDITIONS[when];
      if (!holds) throw new Error(`nobody knows when "${when}" is so`);
      await waitUntil(when, async (admin) => holds(await status(admin)));
    },
  };
}
