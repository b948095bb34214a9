import { expect } from 'chai';
import { createFleetSignals, FLEET_TOPICS, type FleetTopic } from '../../../src/server/hub/watch/fleet-signals.ts';
import { watchFleet } from '../../../src/server/hub/watch/watch-fleet.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { codeOf } from '../../support/rpc-failure.ts';

describe('watching the fleet', () => {
  function watcher(stopping?: AbortSignal) {
    const clock = createFakeClock();
    const signals = createFleetSignals();
    const gone = new AbortController();
    const heard: FleetTopic[][] = [];
    const ended = (async () => {
      for await (const topics of watchFleet({ signals, stopping, clock }, gone.signal)) heard.push(topics);
    })();
    return { clock, signals, gone, heard, ended };
  }

  it('begins with everything, so that whoever comes back has missed nothing', async () => {
    const { clock, heard, gone, ended } = watcher();
    await clock.advance(0);
    expect(heard).to.deep.equal([[...FLEET_TOPICS]]);
    gone.abort();
    await ended.catch(() => undefined);
  });

  it('says at once what changes at the same time', async () => {
    const { clock, signals, heard, gone, ended } = watcher();
    await clock.advance(0);
    signals.changed('moves', 'spokes');
    await clock.advance(200);
    signals.changed('moves', 'envoys');
    expect(heard).to.have.length(1);
    await clock.advance(500);
    expect(heard.slice(1)).to.deep.equal([['moves', 'spokes', 'envoys']]);
    signals.changed('audit');
    await clock.advance(1_000);
    expect(heard.slice(2)).to.deep.equal([['audit']]);
    gone.abort();
    await ended.catch(() => undefined);
  });

  it('gives a sign of life when nothing happens', async () => {
    const { clock, heard, gone, ended } = watcher();
    await clock.advance(45_000);
    expect(heard.slice(1)).to.deep.equal([[], [], []]);
    gone.abort();
    await ended.catch(() => undefined);
  });

  it('is forgotten when whoever watches has gone', async () => {
    const { clock, signals, gone, ended } = watcher();
    await clock.advance(0);
    expect(signals.watchers).to.equal(1);
    const over = ended.catch(() => undefined);
    gone.abort();
    await clock.advance(0);
    await over;
    expect(signals.watchers).to.equal(0);
    expect(clock.pending()).to.equal(0);
  });

  it('ends with STOPPING when the server stops', async () => {
    const stopping = new AbortController();
    const { clock, signals, ended } = watcher(stopping.signal);
    await clock.advance(0);
    const code = codeOf(ended);
    stopping.abort();
    expect(await code).to.equal('STOPPING');
    expect(signals.watchers).to.equal(0);
  });

  it('is refused to one too many', async () => {
    const signals = createFleetSignals();
    for (let i = 0; i < 1_000; i++) signals.watch();
    const watch = watchFleet({ signals, clock: createFakeClock() }, new AbortController().signal);
    expect(await codeOf(watch.next())).to.equal('OVERLOADED');
  });
});
