/** A spoke reports over real connections: past every sort of bad address to the good one, over one connection, with an end. */
import { expect } from 'chai';
import { HubService, type ReportRequest } from '../../src/gen/vigo/v1/hub_pb.js';
import { systemClock } from '../../src/platform/clock.ts';
import type { Listener } from '../../src/server/platform/listener.ts';
import { kConnection, kPeer } from '../../src/server/platform/peer.ts';
import { createHubCaller, type HubCaller } from '../../src/server/spoke/hub-link/hub-caller.ts';
import { createHubLink } from '../../src/server/spoke/hub-link/hub-link.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { freePorts } from '../support/free-ports.ts';
import { createLogRecorder } from '../support/log-recorder.ts';
import { useServers } from '../support/servers.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';
import { createTestPki, type TestCredentials } from '../support/test-pki.ts';
import { waitFor } from '../support/wait-for.ts';

const INTERVAL_MS = 30_000;
/** Less than any deadline or pause of the link. */
const STEP_MS = 2_000;
const forEver = () => new Promise<never>(() => undefined);

interface Noted {
  readonly hub: string;
  readonly spoke: string;
  readonly request: ReportRequest;
  readonly connection: AbortSignal | undefined;
}

describe('the link of a spoke to its hub, over real connections', function () {
  this.timeout(30_000);
  const servers = useServers();
  let hub: TestCredentials;
  let spoke: TestCredentials;
  let noted: Noted[];
  /** A hub has heard the report and will not answer it. */
  let hanging = false;

  before(async () => {
    [hub, spoke] = await Promise.all([servers.pki.hub(), servers.pki.spoke('dc1')]);
  });
  beforeEach(() => {
    noted = [];
    hanging = false;
  });
  const hang = () => {
    hanging = true;
    return forEver();
  };

  /** A hub by this name; `answer` gives the leader that it names. */
  const startHub = (
    name: string,
    answer: () => string | Promise<string> = () => '',
    { tls = hub, listen = '127.0.0.1:0' }: { tls?: TestCredentials; listen?: string } = {},
  ): Promise<Listener> =>
    servers.start({
      tls,
      listen,
      routes: (router) =>
        router.service(HubService, {
          async report(request, { values }) {
            const peer = values.get(kPeer);
            const connection = values.get(kConnection)?.();
            noted.push({ hub: name, spoke: peer?.kind === 'spoke' ? peer.id : '', request, connection });
            return { leaderAddress: await answer() };
          },
        }),
    });

  /**
   * The network is real and takes the time that it takes; the link's own time passes only while it waits for its next report,
   * or for somebody who will not answer: `isSilent`.
   */
  const startLink = (addresses: readonly string[], isSilent: (address: string) => boolean = () => false) => {
    const logger = createLogRecorder();
    const clock = createFakeClock();
    const [hubAddr = '', ...fallbackAddrs] = addresses;
    const real = createHubCaller({ tls: spoke, intervalMs: INTERVAL_MS, clock: systemClock });
    let calling: string | undefined;
    const caller: HubCaller = {
      ...real,
      async report(address, request, signal) {
        calling = address;
        try {
          return await real.report(address, request, signal);
        } finally {
          calling = undefined;
          hanging = false;
        }
      },
    };
    const status = () => ({ spokeId: 'dc1', envoyCount: 7 });
    const options = { hubAddr, fallbackAddrs, intervalMs: INTERVAL_MS, status, caller, clock, logger };
    const link = servers.closing(createHubLink(options));
    link.start();
    const until = <T>(what: string, condition: () => T | false | undefined): Promise<T> =>
      waitFor(what, async () => {
        const found = condition();
        if (found) return found;
        if (calling === undefined || hanging || isSilent(calling)) await clock.advance(STEP_MS);
        return undefined;
      });
    const noticesFrom = (name: string, count: number) =>
      until(`${name} has noted ${count} reports`, () => {
        const of = noted.filter((report) => report.hub === name);
        return of.length >= count && of;
      });
    return { link, logger, until, noticesFrom };
  };
  const hubsThatNoted = () => noted.map((report) => report.hub).join(' ');

  it('keeps one connection from report to report, and ends it when it ends', async () => {
    const listener = await startHub('a');
    const { link, logger, noticesFrom } = startLink([listener.address.text]);
    const reports = await noticesFrom('a', 4);
    expect(new Set(reports.map(({ connection }) => connection)).size).to.equal(1);
    const { spoke: from, request } = reports[0] as Noted;
    expect(from).to.equal('dc1');
    expect(request).to.deep.include({ intervalMs: 33_000, hubAddress: listener.address.text });
    expect(request.status).to.deep.include({ spokeId: 'dc1', envoyCount: 7 });
    expect(listener.sessions()).to.equal(1);
    await link.close();
    await waitFor('the connection has ended', () => reports[0]?.connection?.aborted);
    expect(logger.lines('warn')).to.deep.equal([]);
    expect(logger.lines('info')).to.have.length(1);
  });

  it('comes to the good address past every sort of bad one, each tried once', async () => {
    const strangers = await createTestPki();
    const silent = servers.closing(await startTcpProxy());
    const [refusing] = await freePorts(1);
    const otherFleet = await startHub('another fleet', undefined, { tls: await strangers.hub() });
    const impostor = await startHub('a spoke', undefined, { tls: await servers.pki.spoke('dc2') });
    const hangs = await startHub('hangs', hang);
    const good = await startHub('good');
    const bad = ['nowhere.invalid:1530', otherFleet, impostor, `127.0.0.1:${refusing}`, silent, hangs].map((each) =>
      typeof each === 'string' ? each : 'sessions' in each ? each.address.text : each.address,
    );
    const { logger, noticesFrom } = startLink(
      [...bad, good.address.text],
      (address) => address === silent.address && silent.connections() > 0,
    );
    const [first] = await noticesFrom('good', 2);
    expect(hubsThatNoted()).to.match(/^hangs( good)+$/);
    expect(first?.request.hubAddress).to.equal(good.address.text);
    const failures = [...logger.lines('warn'), ...logger.lines('debug')];
    expect(failures.map((line) => line.hub)).to.deep.equal([bad[0], bad[0], ...bad]);
    expect(failures.map((line) => line.code)).to.deep.equal([
      ...['UNREACHABLE', 'UNREACHABLE', 'UNREACHABLE', 'UNREACHABLE', 'PERMISSION_DENIED', 'UNREACHABLE'],
      ...['TIMEOUT', 'TIMEOUT'],
    ]);
    expect(logger.lines('warn')).to.have.length(1);
    expect(logger.lines('info')).to.deep.equal([
      { hub: good.address.text, failedAttempts: failures.length, msg: 'reporting to the hub' },
    ]);
    // Nothing is left of the others.
    for (const listener of [otherFleet, impostor, hangs]) {
      await waitFor('the connection has ended', () => listener.sessions() === 0);
    }
  });

  it('reports again when its hub is back, and meanwhile only says so once', async () => {
    const first = await startHub('first');
    const { logger, until, noticesFrom } = startLink([first.address.text]);
    await noticesFrom('first', 1);
    await first.close(0);
    await until('reports fail', () => logger.lines('debug').length > 2);
    await startHub('second', undefined, { listen: first.address.text });
    await noticesFrom('second', 2);
    expect(logger.lines('warn')).to.have.length(1);
    expect(logger.lines('info')).to.have.length(2);
  });

  it('goes to the leader that a hub names, if it is in the list', async () => {
    const leader = await startHub('leader');
    const standby = await startHub('standby', () => leader.address.text);
    const { logger, noticesFrom } = startLink([standby.address.text, leader.address.text]);
    await noticesFrom('leader', 2);
    expect(hubsThatNoted()).to.match(/^standby( leader)+$/);
    expect(logger.lines('warn')).to.deep.equal([]);
    await waitFor('the standby is left', () => standby.sessions() === 0);
  });

  it('takes a leader outside of the list for a failure, and never dials it', async () => {
    const outside = await startHub('outside');
    const standby = await startHub('standby', () => outside.address.text);
    const other = await startHub('other');
    const { logger, noticesFrom } = startLink([standby.address.text, other.address.text]);
    await noticesFrom('other', 2);
    expect(hubsThatNoted()).to.match(/^standby standby standby( other)+$/);
    expect(outside.sessions()).to.equal(0);
    expect(logger.lines('warn')).to.have.length(1);
    expect(logger.lines('warn')[0]?.error).to.include(`it says that "${outside.address.text}" does`);
  });

  it('asks two hubs that name each other once for each report, and finds the third', async () => {
    const [portA = 0, portB = 0] = await freePorts(2);
    const [a, b] = [`127.0.0.1:${portA}`, `127.0.0.1:${portB}`];
    await startHub('a', () => b, { listen: a });
    await startHub('b', () => a, { listen: b });
    const third = await startHub('third');
    const { noticesFrom } = startLink([a, b, third.address.text]);
    await noticesFrom('third', 1);
    expect(hubsThatNoted()).to.match(/^a b b a a b third/);
  });

  it('ends at once while a hub hangs, in the handshake or with an answer', async () => {
    const silent = servers.closing(await startTcpProxy());
    const hangs = await startHub('hangs', hang);
    for (const [address, isCalled] of [
      [silent.address, () => silent.connections() > 0],
      [hangs.address.text, () => noted.length > 0],
    ] as const) {
      const { link, until } = startLink([address]);
      await until('it is called', isCalled);
      const begun = systemClock.monotonic();
      await link.close();
      expect(systemClock.monotonic() - begun).to.be.lessThan(1_000);
    }
    await waitFor('the connection has ended', () => hangs.sessions() === 0);
  });

  it('stays on its connection when the hub is late once, and leaves it when it is late again', async () => {
    let late = 0;
    const listener = await startHub('a', () => (late-- > 0 ? hang() : ''));
    const { logger, until, noticesFrom } = startLink([listener.address.text]);
    const [before] = await noticesFrom('a', 1);
    late = 1;
    const reports = await noticesFrom('a', 3);
    expect(new Set(reports.map(({ connection }) => connection)).size).to.equal(1);
    await until('reports work again', () => logger.lines('info').length === 2);
    expect(before?.connection?.aborted).to.equal(false);
    late = 2;
    await until('the connection has ended', () => before?.connection?.aborted);
    await until('reports work again', () => logger.lines('info').length === 3);
    expect(logger.lines('warn')).to.have.length(2);
    expect(new Set(noted.map(({ connection }) => connection)).size).to.equal(2);
  });

  it('goes over to a new certificate without leaving the hub in between', async () => {
    const listener = await startHub('a');
    const { link, noticesFrom } = startLink([listener.address.text]);
    const [before] = await noticesFrom('a', 1);
    const renewed = await servers.pki.spoke('dc9');
    const other = await servers.pki.spoke('dc8');
    expect(() => link.reload({ ...renewed, keyPem: other.keyPem })).to.throw();
    link.reload(spoke);
    link.reload(renewed);
    const [, after] = await noticesFrom('a', 2);
    expect([before?.spoke, after?.spoke]).to.deep.equal(['dc1', 'dc9']);
    await waitFor('the old connection has ended', () => before?.connection?.aborted);
    expect(after?.connection?.aborted).to.equal(false);
    expect(noted).to.have.length(2);
  });
});
