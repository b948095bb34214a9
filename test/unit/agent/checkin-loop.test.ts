// The loop around the machine: waits, calls, remembers and tells, on a clock that the test moves.
import { expect } from 'chai';
import { ServerBusyError } from '../../../src/agent/agent-link.ts';
import { type LoopReport, runCheckinLoop } from '../../../src/agent/checkin-loop.ts';
import { firstStep } from '../../../src/agent/checkin-machine.ts';
import { DEFAULT_RETRY, type MachineState } from '../../../src/agent/machine-types.ts';
import { createTraitsFeed } from '../../../src/agent/traits/traits-feed.ts';
import { VigoError } from '../../../src/fleet/errors.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { createFakeLink, endpoint, type FakeServers } from './fake-link.ts';

interface LogLine {
  readonly message: string;
  readonly fields: Record<string, unknown>;
}

function start(servers: FakeServers, more: { once?: { maxCalls: number }; saveFails?: number } = {}) {
  const clock = createFakeClock();
  const link = createFakeLink(servers);
  const controller = new AbortController();
  const saved: Pick<MachineState, 'owner' | 'previous'>[] = [];
  const reports: LoopReport[] = [];
  const lines: LogLine[] = [];
  const write = (fields: object, message: string) => lines.push({ message, fields: fields as LogLine['fields'] });
  let saveFails = more.saveFails ?? 0;
  let traits: Record<string, string> = { hostname: 'web1' };
  const done = runCheckinLoop({
    first: firstStep({
      owner: { endpoint: endpoint('dc1'), epoch: 1 },
      previous: undefined,
      hubs: [endpoint('hub1'), endpoint('hub2')],
    }),
    link,
    identity: { trustTag: () => 7, told: () => {}, tend: async () => {} },
    convergence: { configVersion: '', served: async () => {} },
    traits: createTraitsFeed({ collect: async () => traits, clock, refreshMs: 600_000 }),
    clock,
    logger: { debug: write, info: write, warn: write, error: write },
    signal: controller.signal,
    agentVersion: '1.2.3',
    retry: DEFAULT_RETRY,
    callTimeoutMs: 10_000,
    ...(more.once ? { once: more.once } : {}),
    async saveOwner({ owner, previous }) {
      if (saveFails-- > 0) throw new Error('no space left');
      saved.push({ owner, previous });
    },
    report: (outcome) => reports.push(outcome),
  });
  // Settles what the test awaits later, so that a rejection is never unhandled.
  done.catch(() => {});
  const stop = () => {
    controller.abort();
    return done;
  };
  return { clock, link, saved, reports, lines, done, stop, setTraits: (now: typeof traits) => (traits = now) };
}

const serves = (epoch: number, more = {}) => ({ epoch, nextCheckinAfterMs: 60_000, ...more });
const redirect = (name: string, epoch: number) => ({
  nextCheckinAfterMs: 2_000,
  redirect: { target: endpoint(name), epoch },
});

describe('check-in loop', () => {
  it('checks in at once and then as often as the server says', async () => {
    const { clock, link, stop } = start({ checkIn: { dc1: () => serves(1) }, locate: {} });
    await clock.advance(0);
    expect(link.calls).to.have.length(1);
    await clock.advance(59_999);
    expect(link.calls).to.have.length(1);
    await clock.advance(1);
    expect(link.calls).to.have.length(2);
    await stop();
  });

  it('follows a redirect and makes the new owner durable only after a check-in there', async () => {
    const { clock, link, saved, lines, stop } = start({
      checkIn: { dc1: () => redirect('dc2', 2), dc2: () => serves(2) },
      locate: {},
    });
    await clock.advance(1_999);
    expect(saved).to.have.length(0);
    await clock.advance(1);
    expect(link.calls).to.deep.equal(['dc1', 'dc2']);
    expect(link.requests[1]?.epoch).to.equal(2);
    expect(saved).to.have.length(1);
    expect(saved[0]?.owner).to.deep.equal({ endpoint: endpoint('dc2'), epoch: 2 });
    expect(saved[0]?.previous?.endpoint.spokeId).to.equal('dc1');
    expect(lines.map((line) => line.message)).to.deep.equal(['redirected', 'checked in']);
    expect(lines[1]?.fields).to.include({ spoke: 'dc2', epoch: 2 });
    await stop();
  });

  it('asks the hubs when its owner is gone and moves to the one they name', async () => {
    const { clock, link, lines, saved, stop } = start({
      checkIn: { dc2: () => serves(2) },
      locate: { hub2: () => ({ owner: endpoint('dc2'), epoch: 2, nextCheckinAfterMs: 100 }) },
    });
    await clock.advance(120_000);
    expect(link.calls.slice(0, 6)).to.deep.equal(['dc1', 'dc1', 'dc1', 'locate hub1', 'locate hub2', 'dc2']);
    expect(saved.at(-1)?.owner.endpoint.spokeId).to.equal('dc2');
    expect(lines.map((line) => line.message).slice(0, 6)).to.deep.equal([
      'owner failed',
      'owner failed',
      'owner failed',
      'locate failed',
      'located',
      'checked in',
    ]);
    await stop();
  });

  it('sends its traits first, when asked and when they have changed, and otherwise their digest alone', async () => {
    let ask = false;
    const run = start({ checkIn: { dc1: () => serves(1, { sendTraits: ask }) }, locate: {} });
    const sent = () => run.link.requests.map((request) => request.traitsJson !== undefined);
    await run.clock.advance(60_000);
    expect(sent()).to.deep.equal([true, false]);
    ask = true;
    await run.clock.advance(60_000);
    ask = false;
    await run.clock.advance(120_000);
    expect(sent()).to.deep.equal([true, false, false, true, false]);
    run.setTraits({ hostname: 'web2' });
    await run.clock.advance(600_000);
    expect(sent().filter(Boolean)).to.have.length(3);
    expect(run.link.requests.every((request) => request.traitsDigest?.length === 32)).to.equal(true);
    await run.stop();
  });

  it('gives up a call that is not answered and reports the time-out', async () => {
    const { clock, link, reports, stop } = start({ checkIn: { dc1: () => undefined }, locate: {} });
    await clock.advance(9_999);
    expect(reports).to.have.length(0);
    await clock.advance(1);
    expect(reports[0]?.error?.code).to.equal('TIMEOUT');
    await clock.advance(2_000);
    expect(link.calls).to.have.length(2);
    await stop();
  });

  it('waits for a busy server', async () => {
    let busy = true;
    const dc1 = () => {
      if (busy) throw new ServerBusyError('too many check-ins', 5_000);
      return serves(1);
    };
    const { clock, link, reports, stop } = start({ checkIn: { dc1 }, locate: {} });
    await clock.advance(4_999);
    expect(link.calls).to.have.length(1);
    busy = false;
    await clock.advance(1_001);
    expect(link.calls).to.deep.equal(['dc1', 'dc1']);
    expect(reports.map((report) => report.served)).to.deep.equal([false, true]);
    await stop();
  });

  it('ends with the error when the envoy has been revoked', async () => {
    const dc1 = () => {
      throw new VigoError('IDENTITY_REVOKED', 'envoy web1 has been revoked');
    };
    const { clock, done } = start({ checkIn: { dc1 }, locate: {} });
    await clock.advance(0);
    const error = await done.catch((thrown) => thrown);
    expect(error).to.be.instanceOf(VigoError);
    expect(error.exit).to.equal(4);
  });

  it('asks a hub at once when the server does not know the envoy', async () => {
    const dc1 = () => {
      throw new VigoError('IDENTITY_UNKNOWN', 'no such envoy');
    };
    const { clock, link, stop } = start({ checkIn: { dc1 }, locate: {} });
    await clock.advance(1_000);
    expect(link.calls.slice(0, 2)).to.deep.equal(['dc1', 'locate hub1']);
    await stop();
  });

  it('goes on when the new owner cannot be saved, and saves it later', async () => {
    const { clock, saved, lines, stop } = start(
      { checkIn: { dc1: () => redirect('dc2', 2), dc2: () => serves(2) }, locate: {} },
      { saveFails: 1 },
    );
    await clock.advance(2_000);
    expect(saved).to.have.length(0);
    expect(lines.map((line) => line.message)).to.include('new owner not saved');
    await clock.advance(60_000);
    expect(saved.map((state) => state.owner.endpoint.spokeId)).to.deep.equal(['dc2']);
    await stop();
  });

  it('ends at once when told to, whether it waits or calls', async () => {
    const waiting = start({ checkIn: { dc1: () => serves(1) }, locate: {} });
    await waiting.clock.advance(0);
    await waiting.stop();
    const calling = start({ checkIn: { dc1: () => undefined }, locate: {} });
    await calling.clock.advance(0);
    await calling.stop();
    expect(calling.reports).to.have.length(0);
    expect(calling.clock.pending()).to.equal(0);
  });

  it('with once, returns after a check-in that succeeded', async () => {
    const { clock, link, done } = start(
      { checkIn: { dc1: () => redirect('dc2', 2), dc2: () => serves(2) }, locate: {} },
      { once: { maxCalls: 5 } },
    );
    await clock.advance(2_000);
    await done;
    expect(link.calls).to.deep.equal(['dc1', 'dc2']);
  });

  it('with once, throws the last error after a bounded number of calls', async () => {
    const { clock, link, done } = start({ checkIn: {}, locate: {} }, { once: { maxCalls: 5 } });
    await clock.advance(300_000);
    const error = await done.catch((thrown) => thrown);
    expect(error.code).to.equal('UNREACHABLE');
    expect(link.calls).to.have.length(5);
  });
});
