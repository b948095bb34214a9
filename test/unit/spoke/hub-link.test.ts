// The loop that reports to the hub, over a caller that answers as the test wants.
import { Code, ConnectError } from '@connectrpc/connect';
import { expect } from 'chai';
import { VigoError } from '../../../src/fleet/errors.ts';
import { connectErrorOf } from '../../../src/server/platform/error-interceptor.ts';
import type { HubCaller } from '../../../src/server/spoke/hub-link/hub-caller.ts';
import { createHubLink } from '../../../src/server/spoke/hub-link/hub-link.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { createLogRecorder } from '../../support/log-recorder.ts';

const INTERVAL_MS = 10_000;
const TLS = { certPem: '', keyPem: '', caPem: '' };

type Answer = 'ok' | 'away' | 'hangs' | 'stranger' | `leader ${string}`;

function createLink(addresses: readonly string[], answers: Record<string, Answer>, seed = 1) {
  const clock = createFakeClock({ seed });
  const logger = createLogRecorder();
  const [hubAddr = '', ...fallbackAddrs] = addresses;
  const attempts: { address: string; at: number; status: object; intervalMs: number; hubAddress: string }[] = [];
  let closed = 0;
  let renewed = false;
  const caller: HubCaller = {
    report(address, request, signal) {
      const { status = {}, intervalMs = 0, hubAddress = '' } = request;
      attempts.push({ address, at: clock.monotonic(), status, intervalMs, hubAddress });
      const answer = answers[address] ?? 'away';
      if (answer === 'ok') return Promise.resolve('');
      if (answer.startsWith('leader ')) return Promise.resolve(answer.slice('leader '.length));
      if (answer === 'hangs')
        return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
      const refused = connectErrorOf(new VigoError('SPOKE_NOT_FOUND', 'no spoke "dc1"; known spokes: dc2'));
      return Promise.reject(answer === 'stranger' ? refused : new ConnectError('refused', Code.Unavailable));
    },
    renew: () => renewed,
    close: () => void closed++,
  };
  let envoyCount = 0;
  const link = createHubLink({
    ...{ hubAddr, fallbackAddrs, intervalMs: INTERVAL_MS, caller, clock, logger },
    status: () => ({ spokeId: 'dc1', envoyCount: envoyCount++ }),
  });
  return {
    link,
    clock,
    logger,
    attempts,
    answers,
    tried: () => attempts.map(({ address }) => address).join(' '),
    closed: () => closed,
    renewNext: () => {
      renewed = true;
    },
  };
}

describe('the link of a spoke to its hub', () => {
  it('reports soon after the start and then at its interval, give or take a tenth, each time how it is by then', async () => {
    const { link, clock, attempts } = createLink(['a'], { a: 'ok' });
    link.start();
    link.start();
    await clock.advance(1_000);
    expect(attempts).to.have.length(1);
    await clock.advance(100 * INTERVAL_MS);
    const pauses = attempts.slice(1).map(({ at }, i) => at - (attempts[i]?.at ?? 0));
    expect(pauses.length).to.be.within(95, 105);
    for (const pause of pauses) expect(pause).to.be.within(0.9 * INTERVAL_MS, 1.1 * INTERVAL_MS);
    expect(new Set(pauses).size).to.be.greaterThan(90);
    expect(attempts[1]).to.deep.include({ status: { spokeId: 'dc1', envoyCount: 1 }, hubAddress: 'a' });
    for (const { intervalMs } of attempts) expect(intervalMs).to.be.at.least(Math.max(...pauses));
    await link.close();
  });

  it('does not report in step with another that was started in the same instant', async () => {
    const firsts = await Promise.all(
      [1, 2, 3, 4].map(async (seed) => {
        const { link, clock, attempts } = createLink(['a'], { a: 'ok' }, seed);
        link.start();
        await clock.advance(1_000);
        await link.close();
        return attempts[0]?.at;
      }),
    );
    expect(new Set(firsts).size).to.equal(4);
  });

  it('goes from an address that fails three times through all others to the one that answers', async () => {
    const { link, clock, tried, logger } = createLink(['a', 'b', 'c', 'd'], { b: 'hangs', d: 'ok' });
    link.start();
    await clock.advance(2.3 * INTERVAL_MS + 1_000);
    expect(tried()).to.equal('a a a b');
    await clock.advance(5_000);
    expect(tried()).to.equal('a a a b c d');
    expect(logger.lines('warn')).to.have.length(1);
    expect(logger.lines('warn')[0]).to.deep.include({
      msg: 'no report to the hub, the spoke goes on without',
      hub: 'a',
    });
    expect(logger.lines('info')).to.deep.equal([{ msg: 'reporting to the hub', hub: 'd', failedAttempts: 5 }]);
    await clock.advance(10 * INTERVAL_MS);
    expect(tried()).to.match(/^a a a b c d( d)+$/);
    expect(logger.lines('info')).to.have.length(1);
    await link.close();
  });

  it('waits for its interval after each round in vain, also if the round takes longer', async () => {
    const refused = createLink(['a', 'b', 'c'], {});
    refused.link.start();
    await refused.clock.advance(100 * INTERVAL_MS);
    expect(refused.attempts.length).to.be.within(3 * 92, 3 * 106);
    expect(refused.logger.lines('warn')).to.have.length(1);
    await refused.link.close();

    const hanging = createLink(['a', 'b', 'c', 'd', 'e'], Object.fromEntries([...'abcde'].map((a) => [a, 'hangs'])));
    hanging.link.start();
    await hanging.clock.advance(100 * INTERVAL_MS);
    // Each takes five seconds, and each round is followed by a pause.
    expect(hanging.attempts.length).to.be.within(160, 195);
    expect(hanging.logger.lines('warn')[0]).to.include({ code: 'TIMEOUT' });
    await hanging.link.close();
    expect(hanging.clock.pending()).to.equal(0);
  });

  it('says once when reports fail, once when they work again, and how often it has tried', async () => {
    const { link, clock, logger, answers } = createLink(['a'], { a: 'ok' });
    link.start();
    await clock.advance(5 * INTERVAL_MS);
    answers.a = 'away';
    await clock.advance(20 * INTERVAL_MS);
    answers.a = 'ok';
    await clock.advance(5 * INTERVAL_MS);
    expect(logger.lines('info')).to.have.length(2);
    expect(logger.lines('warn')).to.have.length(1);
    expect(logger.lines('info')[1]?.failedAttempts).to.be.within(18, 22);
    await link.close();
  });

  it('says that the hub does not know this spoke, also if the hub was away before', async () => {
    const { link, clock, logger, answers } = createLink(['a'], {});
    link.start();
    await clock.advance(5 * INTERVAL_MS);
    answers.a = 'stranger';
    await clock.advance(20 * INTERVAL_MS);
    expect(logger.lines('warn').map(({ code, error }) => [code, error])).to.deep.equal([
      ['UNREACHABLE', 'cannot reach the hub at a: refused'],
      ['SPOKE_NOT_FOUND', 'no spoke "dc1"; known spokes: dc2'],
    ]);
    await link.close();
  });

  it('follows a hub that names the leader, and does not turn in a circle of two', async () => {
    const followed = createLink(['a', 'b'], { a: 'leader b', b: 'ok' });
    followed.link.start();
    await followed.clock.advance(1_000);
    expect(followed.tried()).to.equal('a b');
    expect(followed.logger.lines('warn')).to.deep.equal([]);
    await followed.link.close();

    const circle = createLink(['a', 'b', 'c'], { a: 'leader b', b: 'leader a', c: 'ok' });
    circle.link.start();
    await circle.clock.advance(3 * INTERVAL_MS);
    expect(circle.tried()).to.match(/^a b b a a b c( c)*$/);
    await circle.link.close();
  });

  it('never goes where a hub sends it outside of its list', async () => {
    const { link, clock, attempts, logger } = createLink(['a', 'b'], { a: 'leader evil', b: 'leader evil' });
    link.start();
    await clock.advance(20 * INTERVAL_MS);
    expect(new Set(attempts.map(({ address }) => address))).to.deep.equal(new Set(['a', 'b']));
    expect(logger.lines('warn')).to.have.length(1);
    expect(logger.lines('warn')[0]?.error).to.match(/evil/);
    await link.close();
  });

  it('ends at once, while it waits, while a hub hangs, and if it never began', async () => {
    const idle = createLink(['a'], { a: 'ok' });
    await idle.link.close();
    const waiting = createLink(['a'], { a: 'ok' });
    waiting.link.start();
    await waiting.clock.advance(1_000);
    const hanging = createLink(['a'], { a: 'hangs' });
    hanging.link.start();
    await hanging.clock.advance(1_000);
    for (const { link, clock, closed, attempts, logger } of [waiting, hanging]) {
      await Promise.all([link.close(), link.close()]);
      expect(closed()).to.be.greaterThan(0);
      expect(clock.pending()).to.equal(0);
      await clock.advance(5 * INTERVAL_MS);
      expect(attempts).to.have.length(1);
      expect(logger.lines('warn')).to.deep.equal([]);
    }
  });

  it('reports at once with a new certificate, and not for the same one', async () => {
    const { link, clock, attempts, renewNext } = createLink(['a'], { a: 'ok' });
    link.start();
    await clock.advance(1_000);
    link.reload(TLS);
    await clock.advance(1);
    expect(attempts).to.have.length(1);
    renewNext();
    link.reload(TLS);
    await clock.advance(1);
    expect(attempts).to.have.length(2);
    await link.close();
  });

  it('goes on when the spoke cannot say how it is', async () => {
    const clock = createFakeClock();
    let [fails, reports] = [true, 0];
    const report = async () => {
      reports++;
      return '';
    };
    const link = createHubLink({
      ...{ hubAddr: 'a', fallbackAddrs: [], intervalMs: INTERVAL_MS, clock, logger: createLogRecorder() },
      caller: { report, renew: () => false, close: () => undefined },
      status: () => {
        if (fails) throw new Error('no memory');
        return {};
      },
    });
    link.start();
    await clock.advance(3 * INTERVAL_MS);
    expect(reports).to.equal(0);
    fails = false;
    await clock.advance(3 * INTERVAL_MS);
    expect(reports).to.be.greaterThan(1);
    await link.close();
  });
});
