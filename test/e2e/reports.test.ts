/** Spokes that report, over lines that are cut: which address they use, and who is taken for dead and who is not. */
import { readFile, writeFile } from 'node:fs/promises';
import { expect } from 'chai';
import type { SpannerStatusJson, SpokeJson } from '../../src/cli/json/spoke.ts';
import { useFleetProcesses } from '../support/fleet-processes.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';
import { waitFor } from '../support/wait-for.ts';

/** Of dc1; dc2 reports once and then not before the suite is over. */
const REPORT_INTERVAL = '2s';
/** For what takes several reports, or three that fail. */
const PATIENCE_MS = 30_000;

describe('spokes that report to their hub', function () {
  this.timeout(90_000);
  const proxies: TcpProxy[] = [];
  const proxy = async (target: string) => {
    const made = await startTcpProxy(target);
    proxies.push(made);
    return made;
  };
  // Before the fleet's own end: a line that is cut keeps nobody from stopping.
  after(async () => {
    for (const each of proxies) await each.close();
  });
  let primary: TcpProxy;
  let fallback: TcpProxy;
  let toDc1: TcpProxy;
  const fleet = useFleetProcesses({
    spokes: ['dc1', 'dc2'],
    async dialAt(id, address) {
      if (id !== 'dc1') return address;
      toDc1 = await proxy(address);
      return toDc1.address;
    },
    async spokeSettings(id, hub) {
      if (id !== 'dc1') return [`hub_addr: "${hub}"`, 'report_interval: 1h'];
      [primary, fallback] = [await proxy(hub), await proxy(hub)];
      return [
        `hub_addr: "${primary.address}"`,
        `hub_fallback_addrs: ["${fallback.address}"]`,
        `report_interval: ${REPORT_INTERVAL}`,
      ];
    },
  });

  const statusOf = async (id: string): Promise<SpokeJson> => {
    const { spokes } = await fleet.json<SpannerStatusJson>(['spanner', 'status']);
    const found = spokes.find((spoke) => spoke.id === id);
    if (!found) throw new Error(`no spoke ${id} in the status`);
    return found;
  };
  const reportsTo = ({ address }: TcpProxy) =>
    waitFor(`dc1 reports to ${address}`, async () => (await statusOf('dc1')).hubAddr === address, PATIENCE_MS);
  /** Every health that a spoke shows until `done`. */
  const healthsUntil = async (id: string, done: (spoke: SpokeJson) => boolean) => {
    const seen = new Set<string>();
    const look = async () => {
      const spoke = await statusOf(id);
      seen.add(spoke.health);
      return done(spoke);
    };
    await waitFor(`${id} is as expected`, look, PATIENCE_MS);
    return [...seen];
  };

  it('show in the status which address each of them uses, and when it last reported', async () => {
    const first = await waitFor('dc1 has reported', async () => {
      const status = await statusOf('dc1');
      return status.hubAddr !== null && status;
    });
    expect(first.hubAddr).to.equal(primary.address);
    await waitFor('it has reported again', async () => {
      const { lastReportAt } = await statusOf('dc1');
      return Date.parse(lastReportAt ?? '') > Date.parse(first.lastReportAt ?? '');
    });
    await waitFor('dc2 has reported', async () => (await statusOf('dc2')).hubAddr !== null);
    const table = await fleet.cli(['spanner', 'status']);
    expect(table.stdout).to.include('HUB').and.include(primary.address);
    const detail = await fleet.cli(['spanner', 'spoke', 'dc1']);
    expect(detail.stdout)
      .to.match(/reports to +127\.0\.0\.1:\d+/)
      .and.match(/last report +\d+s ago/);
  });

  it('are unreachable and not dead if only the line to them is cut, and healthy when it is back', async () => {
    toDc1.cut();
    expect(await healthsUntil('dc1', ({ health }) => health === 'unreachable')).to.not.include('unhealthy');
    const cut = await statusOf('dc1');
    expect(cut).to.include({ status: 'offline', hubAddr: primary.address });
    expect(cut.reason).to.match(/^it pushes reports, but cannot be probed: cannot reach spoke dc1/);
    const reports = new Set<string | null>();
    const healths = await healthsUntil('dc1', ({ lastReportAt }) => reports.add(lastReportAt).size > 3);
    expect(healths).to.deep.equal(['unreachable']);
    toDc1.mend();
    expect(await healthsUntil('dc1', ({ health }) => health === 'healthy')).to.not.include('unhealthy');
  });

  it('report through the fallback when their hub does not answer at its first address, and back again', async () => {
    const { log } = fleet.spoke('dc1').child;
    const before = log.length;
    primary.cut();
    await reportsTo(fallback);
    fallback.freeze();
    primary.mend();
    await reportsTo(primary);
    const told = log.slice(before).map(({ level, msg, hub, before: left }) => ({ level, msg, hub, left }));
    const lost = { level: 'warn', msg: 'no report to the hub, the spoke goes on without', left: undefined };
    const found = { level: 'info', msg: 'reporting to the hub' };
    expect(told).to.deep.equal([
      { ...lost, hub: primary.address },
      { ...found, hub: fallback.address, left: primary.address },
      { ...lost, hub: fallback.address },
      { ...found, hub: primary.address, left: fallback.address },
    ]);
    expect(await statusOf('dc1')).to.include({ health: 'healthy' });
  });

  it('are dead when they are killed, although their next report is not due for an hour', async () => {
    await fleet.kill9('dc2');
    const healths = await healthsUntil('dc2', ({ health }) => health === 'unhealthy');
    expect(healths).to.not.include('unreachable');
  });

  it('are told, and say so, when the hub does not know them; those that it knows report to it again', async () => {
    await fleet.stopServer('hub');
    const file = await readFile(fleet.hub.configFile, 'utf8');
    await writeFile(fleet.hub.configFile, file.replace(/^.*id: dc2.*\n/m, ''));
    await fleet.restart('hub');
    await reportsTo(primary);
    const dc2 = await fleet.restart('dc2');
    const line = await dc2.waitForLog('that it was refused', ({ code }) => code === 'SPOKE_NOT_FOUND');
    expect(line).to.include({ level: 'warn', error: 'no spoke "dc2"; known spokes: dc1' });
  });

  it('stop in time while their hub hangs', async () => {
    primary.freeze();
    fallback.freeze();
    await fleet.spoke('dc1').child.waitForLog('that reports fail', ({ code }) => code === 'TIMEOUT', {
      from: fleet.spoke('dc1').child.log.length,
    });
    await fleet.stopServer('dc1');
  });
});
