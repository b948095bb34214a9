// The watch over the fleet: live, silent, broken, renewed, stopped.
import { Code, ConnectError } from '@connectrpc/connect';
import { expect } from 'chai';
import { FleetTopic } from '../../../src/gen/vigo/v1/admin_pb.js';
import { errorText } from '../../../web/src/lib/error-text.ts';
import { type LiveState, startFleetWatch } from '../../../web/src/lib/fleet-watch.ts';
import { methodsOf } from '../../../web/src/lib/topic-methods.ts';

/** Streams that the test feeds, and timers that it lets run. */
function harness() {
  const states: LiveState[] = [];
  const heard: FleetTopic[][] = [];
  const streams: { send: (topics: FleetTopic[]) => void; fail: (error: Error) => void }[] = [];
  const timers = new Set<{ ms: number; run: () => void }>();
  const watch = startFleetWatch({
    async *open(signal) {
      let queue: (FleetTopic[] | Error)[] = [];
      let wake = () => {};
      const push = (item: FleetTopic[] | Error) => {
        queue.push(item);
        wake();
      };
      streams.push({ send: push, fail: push });
      signal.addEventListener('abort', () => push(new ConnectError('aborted', Code.Canceled)));
      while (true) {
        if (queue.length === 0) await new Promise<void>((resolve) => (wake = resolve));
        const items = queue;
        queue = [];
        for (const item of items) {
          if (item instanceof Error) throw item;
          yield item;
        }
      }
    },
    onTopics: (topics) => heard.push([...topics]),
    onState: (state) => {
      if (states.at(-1) !== state) states.push(state);
    },
    isFinal: (error) => ConnectError.from(error).code === Code.Unauthenticated,
    after: (ms, run) => {
      const timer = { ms, run };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    random: () => 1,
  });
  const settle = async () => {
    for (let i = 0; i < 20; i++) await Promise.resolve();
  };
  return {
    watch,
    states,
    heard,
    streams,
    /** Delays of the timers that wait, shortest first. */
    waiting: () => [...timers].map(({ ms }) => ms).sort((a, b) => a - b),
    settle,
    last: () => {
      const stream = streams.at(-1);
      if (!stream) throw new Error('no stream was opened');
      return stream;
    },
    elapse: async (ms: number) => {
      for (const timer of [...timers].filter((each) => each.ms === ms)) {
        timers.delete(timer);
        timer.run();
      }
      await settle();
    },
  };
}

describe('the watch over the fleet', () => {
  it('is live with the first message and passes topics on, but no signs of life', async () => {
    const { last, settle, states, heard, watch } = harness();
    await settle();
    expect(states).to.deep.equal(['connecting']);
    last().send([FleetTopic.MOVES]);
    last().send([]);
    await settle();
    expect(states).to.deep.equal(['connecting', 'live']);
    expect(heard).to.deep.equal([[FleetTopic.MOVES]]);
    watch.stop();
  });

  it('connects anew after 40 s of silence', async () => {
    const { last, settle, states, streams, waiting, elapse, watch } = harness();
    await settle();
    last().send([]);
    await settle();
    await elapse(40_000);
    expect(states.at(-1)).to.equal('reconnecting');
    expect(waiting()).to.deep.equal([1000]);
    await elapse(1000);
    expect(streams).to.have.length(2);
    last().send([]);
    await settle();
    expect(states.at(-1)).to.equal('live');
    watch.stop();
  });

  it('waits longer after each failure, and begins anew once it was live', async () => {
    const { last, settle, waiting, elapse, watch } = harness();
    await settle();
    for (const pause of [1000, 2000, 4000]) {
      last().fail(new Error('refused'));
      await settle();
      expect(waiting()).to.deep.equal([pause]);
      await elapse(pause);
    }
    last().send([]);
    await settle();
    last().fail(new Error('refused'));
    await settle();
    expect(waiting()).to.deep.equal([1000]);
    watch.stop();
  });

  it('is renewed at once, also in the middle of a pause', async () => {
    const { last, settle, states, streams, watch } = harness();
    await settle();
    last().send([]);
    await settle();
    watch.renew();
    await settle();
    expect(streams).to.have.length(2);
    expect(states).to.deep.equal(['connecting', 'live']);
    last().fail(new Error('refused'));
    await settle();
    watch.renew();
    await settle();
    expect(streams).to.have.length(3);
    watch.stop();
  });

  it('ends when nobody is signed in any more', async () => {
    const { last, settle, streams, waiting } = harness();
    await settle();
    last().fail(new ConnectError('sign in first', Code.Unauthenticated));
    await settle();
    expect(waiting()).to.deep.equal([]);
    expect(streams).to.have.length(1);
  });

  it('leaves nothing behind when it is stopped', async () => {
    const { settle, watch, waiting, streams } = harness();
    await settle();
    watch.stop();
    await settle();
    expect(waiting()).to.deep.equal([]);
    expect(streams).to.have.length(1);
  });
});

describe('topics', () => {
  it('name the questions with new answers, and ignore what a newer hub may say', () => {
    expect([...methodsOf([FleetTopic.AUDIT])]).to.deep.equal(['ListAudit', 'GetPki', 'ListNotifications']);
    expect([...methodsOf([99 as FleetTopic])]).to.deep.equal([]);
    expect(methodsOf([FleetTopic.MOVES]).has('GetMove')).to.equal(true);
  });
});

describe('errors on the pages', () => {
  it('say what happened and whether trying again may help', () => {
    expect(errorText(new ConnectError('no spoke "dc9"', Code.NotFound))).to.deep.include({
      title: 'Not found',
      message: 'no spoke "dc9"',
      retryable: false,
    });
    expect(errorText(new TypeError('Failed to fetch'))).to.deep.include({
      title: 'The hub does not answer',
      retryable: true,
    });
  });
});
