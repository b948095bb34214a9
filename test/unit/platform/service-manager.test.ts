/** What systemd is told, when, and that nobody waits for it. */
import { expect } from 'chai';
import { createServiceManager, takeServiceManagerEnv } from '../../../src/platform/service-manager.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { createLogRecorder } from '../../support/log-recorder.ts';

describe('the service manager', () => {
  const setUp = (env: NodeJS.ProcessEnv, send?: (words: readonly string[]) => Promise<void>) => {
    const clock = createFakeClock();
    const log = createLogRecorder();
    const sent: string[] = [];
    const manager = createServiceManager({
      env,
      clock,
      logger: log,
      monotonicUs: () => 12_345_678n,
      send:
        send ??
        (async (words) => {
          sent.push(words.join(' '));
        }),
    });
    return { clock, log, sent, manager };
  };

  it('is told that the program is ready, reloads and stops, in this order', async () => {
    const { manager, sent, clock } = setUp({ NOTIFY_SOCKET: '/run/systemd/notify' });
    manager.ready();
    manager.reloading();
    manager.ready();
    await clock.advance(0);
    manager.stopping();
    await clock.advance(0);
    expect(sent).to.deep.equal(['READY=1', 'RELOADING=1 MONOTONIC_USEC=12345678', 'READY=1', 'STOPPING=1']);
    expect(clock.pending()).to.equal(0);
  });

  it('is told twice in every period of its watchdog that the program is alive, once it is ready', async () => {
    const { manager, sent, clock } = setUp({
      NOTIFY_SOCKET: 's',
      WATCHDOG_USEC: '60000000',
      WATCHDOG_PID: `${process.pid}`,
    });
    await clock.advance(60_000);
    expect(sent).to.deep.equal([]);
    manager.ready();
    await clock.advance(29_999);
    expect(sent).to.deep.equal(['READY=1']);
    manager.ready();
    await clock.advance(60_001);
    expect(sent).to.deep.equal(['READY=1', 'READY=1', 'WATCHDOG=1', 'WATCHDOG=1', 'WATCHDOG=1']);
  });

  it('is told nothing of that if it watches another process, or nothing', async () => {
    for (const env of [{ WATCHDOG_USEC: '1000', WATCHDOG_PID: '1' }, { WATCHDOG_USEC: 'soon' }, {}]) {
      const { manager, sent, clock } = setUp({ NOTIFY_SOCKET: 's', ...env });
      manager.ready();
      await clock.advance(10_000);
      expect(sent).to.deep.equal(['READY=1']);
    }
  });

  it('is not looked for where there is none', async () => {
    const { manager, sent, clock } = setUp({ WATCHDOG_USEC: '1000' });
    manager.ready();
    manager.reloading();
    manager.stopping();
    await clock.advance(10_000);
    expect(sent).to.deep.equal([]);
    expect(clock.pending()).to.equal(0);
  });

  it('that cannot be told is complained about once', async () => {
    const { manager, log, clock } = setUp({ NOTIFY_SOCKET: 's' }, () =>
      Promise.reject(new Error('spawn systemd-notify ENOENT')),
    );
    for (let i = 0; i < 5; i++) manager.ready();
    await clock.advance(0);
    expect(log.lines('warn').map(({ msg }) => msg)).to.deep.equal(['systemd could not be told']);
  });

  it('is told at once that the program stops, whatever waits, and hears nothing after that', async () => {
    const begun: string[] = [];
    const env = { NOTIFY_SOCKET: 's', WATCHDOG_USEC: '2000000' };
    const { manager, clock } = setUp(env, (words) => {
      begun.push(words.join(' '));
      return new Promise(() => undefined);
    });
    manager.ready();
    manager.reloading();
    await clock.advance(60_000);
    manager.stopping();
    expect(begun).to.deep.equal(['READY=1', 'STOPPING=1']);
    await clock.advance(60_000);
    expect(begun).to.have.length(2);
    expect(clock.pending()).to.equal(0);
  });

  it('that does not answer has a few messages wait for it, and no more', async () => {
    let begun = 0;
    const { manager, clock } = setUp({ NOTIFY_SOCKET: 's' }, () => {
      begun++;
      return new Promise(() => undefined);
    });
    for (let i = 0; i < 100; i++) manager.ready();
    await clock.advance(0);
    expect(begun).to.equal(1);
  });

  it('takes its variables away from programs that are started later', () => {
    const env: NodeJS.ProcessEnv = {
      NOTIFY_SOCKET: 's',
      WATCHDOG_USEC: '1',
      WATCHDOG_PID: '2',
      PATH: '/bin',
      HOME: '/',
    };
    expect(takeServiceManagerEnv(env)).to.deep.equal({
      NOTIFY_SOCKET: 's',
      WATCHDOG_USEC: '1',
      WATCHDOG_PID: '2',
      PATH: '/bin',
    });
    expect(env).to.deep.equal({ PATH: '/bin', HOME: '/' });
  });
});
