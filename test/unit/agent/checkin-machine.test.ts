// The agent's decisions: where it goes next and when.
import { expect } from 'chai';
import fc from 'fast-check';
import { firstStep, MAX_DELAY_MS, nextStep } from '../../../src/agent/checkin-machine.ts';
import type { AgentEndpoint } from '../../../src/agent/endpoint.ts';
import {
  DEFAULT_RETRY,
  FAILURES_BEFORE_LOCATE,
  type MachineEvent,
  type Placement,
  type Step,
} from '../../../src/agent/machine-types.ts';

const endpoint = (name: string): AgentEndpoint => ({
  address: `${name}.example.com:1530`,
  identity: `spiffe://fleet/spoke/${name}`,
  spokeId: name,
});
const at = (name: string, epoch: number): Placement => ({ endpoint: endpoint(name), epoch });
const hubs = [endpoint('hub1'), endpoint('hub2')];
const begin = (previous?: Placement): Step => firstStep({ owner: at('dc1', 1), previous, hubs });

function play(step: Step, events: readonly MachineEvent[], random = 0.5): Step {
  return events.reduce((now, event) => nextStep(now.state, event, { random, policy: DEFAULT_RETRY }), step);
}

const where = ({ action }: Step): string =>
  action.kind === 'check-in' ? `check-in ${action.at.endpoint.spokeId}` : `locate ${action.hub.spokeId}`;

const ok = (epoch: number, nextAfterMs = 60_000): MachineEvent => ({ type: 'checked-in', epoch, nextAfterMs });
const redirect = (placement: Placement | undefined, nextAfterMs = 700): MachineEvent => ({
  type: 'redirected',
  placement,
  nextAfterMs,
});
const located = (placement: Placement | undefined, nextAfterMs = 300): MachineEvent => ({
  type: 'located',
  placement,
  nextAfterMs,
});
const fail: MachineEvent = { type: 'check-in-failed' };
const noHub: MachineEvent = { type: 'locate-failed' };

describe('check-in machine: serving', () => {
  it('checks in at the owner at once when it starts', () => {
    const step = begin();
    expect(where(step)).to.equal('check-in dc1');
    expect(step.action.delayMs).to.equal(0);
  });

  it('comes back when the server said', () => {
    const step = play(begin(), [ok(1, 12_345.5)]);
    expect(step.verdict).to.equal('served');
    expect(step.action).to.deep.equal({ kind: 'check-in', at: at('dc1', 1), delayMs: 12_345.5 });
  });

  it('waits at least a little and at most a day, whatever the server says', () => {
    expect(play(begin(), [ok(1, 0)]).action.delayMs).to.equal(100);
    expect(play(begin(), [ok(1, 2 ** 32 - 1)]).action.delayMs).to.equal(MAX_DELAY_MS);
  });

  it('takes over a higher epoch of the same owner', () => {
    expect(play(begin(), [ok(4)]).state.owner).to.deep.equal(at('dc1', 4));
  });

  it('asks a hub when its owner serves it under an older epoch than before', () => {
    const step = play(begin(), [ok(4), ok(3)]);
    expect(step.verdict).to.equal('outdated');
    expect(where(step)).to.equal('locate hub1');
    expect(step.state.owner.epoch).to.equal(4);
  });
});

describe('check-in machine: redirects', () => {
  it('tries the target after the delay that the server chose and keeps the old owner meanwhile', () => {
    const step = play(begin(), [redirect(at('dc2', 2))]);
    expect(step.action).to.deep.equal({ kind: 'check-in', at: at('dc2', 2), delayMs: 700 });
    expect(step.state.owner).to.deep.equal(at('dc1', 1));
  });

  it('changes its owner when a check-in at the target succeeded, and remembers the old one', () => {
    const { state } = play(begin(), [redirect(at('dc2', 2)), ok(2)]);
    expect(state.owner).to.deep.equal(at('dc2', 2));
    expect(state.previous).to.deep.equal(at('dc1', 1));
    expect(state.candidate).to.equal(undefined);
  });

  it('follows a chain', () => {
    const step = play(begin(), [redirect(at('dc2', 2)), redirect(at('dc3', 3)), ok(3)]);
    expect(step.state.owner).to.deep.equal(at('dc3', 3));
  });

  const useless: [string, MachineEvent[]][] = [
    ['with an older epoch', [ok(5), redirect(at('dc2', 4))]],
    ['to the server that has just answered', [redirect(at('dc1', 2))]],
    ['to no server that could be dialled', [redirect(undefined)]],
  ];
  for (const [what, events] of useless) {
    it(`ignores a redirect ${what} and asks a hub instead`, () => {
      const step = play(begin(), events);
      expect(step.verdict).to.equal('ignored');
      expect(where(step)).to.equal('locate hub1');
      expect(step.state.candidate).to.equal(undefined);
    });
  }

  it('leaves a circle of redirects by asking a hub', () => {
    const circle = Array.from({ length: 20 }, (_, i) => redirect(at(i % 2 ? 'dc1' : 'dc2', 2)));
    const kinds = circle.map((_, i) => play(begin(), circle.slice(0, i + 1)).action.kind);
    expect(kinds.slice(0, 8)).to.deep.equal(Array(8).fill('check-in'));
    expect(kinds[8]).to.equal('locate');
  });
});

describe('check-in machine: failures', () => {
  it('tries the owner three times with growing windows before it asks a hub', () => {
    const steps = [1, 2, 3].map((n) => play(begin(), Array(n).fill(fail)));
    expect(steps.map(where)).to.deep.equal(['check-in dc1', 'check-in dc1', 'locate hub1']);
    expect(steps.map((step) => step.action.delayMs)).to.deep.equal([500, 1000, 2000]);
  });

  it('goes where the hub says, when the hub says', () => {
    const step = play(begin(), [fail, fail, fail, located(at('dc2', 2))]);
    expect(step.action).to.deep.equal({ kind: 'check-in', at: at('dc2', 2), delayMs: 300 });
  });

  it('goes on backing off when the hub names the server that fails', () => {
    const step = play(begin(), [fail, fail, fail, located(at('dc1', 1), 0)]);
    expect(where(step)).to.equal('check-in dc1');
    expect(step.action.delayMs).to.equal(2000);
    expect(where(play(step, [fail]))).to.equal('locate hub2');
  });

  it('asks every hub in turn, then the server again, then every hub again', () => {
    const rounds = [fail, fail, fail, noHub, noHub, fail, noHub, noHub];
    const seen = rounds.map((_, i) => where(play(begin(), rounds.slice(0, i + 1))));
    expect(seen.slice(2)).to.deep.equal([
      'locate hub1',
      'locate hub2',
      'check-in dc1',
      'locate hub1',
      'locate hub2',
      'check-in dc1',
    ]);
  });

  it('tries the old owner and the new one by turns when no hub answers', () => {
    const lost = [fail, fail, fail, noHub, noHub];
    const first = play(begin(), [redirect(at('dc2', 2)), ...lost]);
    expect(where(first)).to.equal('check-in dc1');
    const second = play(first, [fail, noHub, noHub]);
    expect(where(second)).to.equal('check-in dc2');
  });

  it('falls back on the owner before when nobody else answers', () => {
    const step = play(begin(at('dc0', 0)), [fail, fail, fail, noHub, noHub]);
    expect(where(step)).to.equal('check-in dc0');
    expect(play(step, [ok(3)]).state.owner).to.deep.equal(at('dc0', 3));
  });

  it('gives a newly named server three tries of its own', () => {
    const step = play(begin(), [redirect(at('dc2', 2)), fail, fail]);
    expect(where(step)).to.equal('check-in dc2');
    expect(where(play(step, [fail]))).to.equal('locate hub1');
  });

  it('ignores a hub that names an older epoch and asks the next', () => {
    const step = play(begin(), [ok(5), fail, fail, fail, located(at('dc2', 4))]);
    expect(step.verdict).to.equal('ignored');
    expect(where(step)).to.equal('locate hub2');
  });

  it('asks a hub at once when the server does not know it', () => {
    expect(where(play(begin(), [{ type: 'not-known' }]))).to.equal('locate hub1');
  });

  it('goes on without any hub', () => {
    const step = play(firstStep({ owner: at('dc1', 1), previous: undefined, hubs: [] }), [fail, fail, fail, fail]);
    expect(where(step)).to.equal('check-in dc1');
  });

  it('waits as a busy server says and does not count that as a failure', () => {
    const step = play(begin(), [fail, { type: 'throttled', retryAfterMs: 10_000 }]);
    expect(where(step)).to.equal('check-in dc1');
    expect(step.action.delayMs).to.equal(11_000);
    expect(step.state.failures).to.equal(1);
  });

  it('caps its windows at the interval that the server last gave', () => {
    const longest = (intervalMs: number) => play(begin(), [ok(1, intervalMs), ...Array(30).fill(fail)], 0.999999);
    expect(longest(1_000).action.delayMs).to.be.closeTo(5_000, 1);
    expect(longest(20_000).action.delayMs).to.be.closeTo(20_000, 1);
    expect(longest(900_000).action.delayMs).to.be.closeTo(900_000, 1);
  });
});

describe('check-in machine: searching', () => {
  const INTERVAL = 300_000;
  const inVain = located(at('dc1', 1), 0);
  const lost: MachineEvent[] = [ok(1, INTERVAL), fail, fail, fail];

  it('asks a second time at any moment of an interval, and then once an interval', () => {
    const delay = (rounds: number, random: number) => {
      const events = [...lost, ...Array.from({ length: rounds }, () => [inVain, fail]).flat()];
      // Without chance the check-in in between comes at once.
      const before = play(begin(), events.slice(0, -1), 0);
      return play(before, [fail], random).action.delayMs / INTERVAL;
    };
    expect([delay(1, 0), delay(1, 0.5)]).to.deep.equal([0, 0.4]);
    for (const rounds of [2, 3, 20]) {
      expect(delay(rounds, 0)).to.be.closeTo(0.6, 0.001);
      expect(delay(rounds, 0.999_999)).to.be.closeTo(0.8, 0.001);
    }
  });

  it('counts what calls and waits took until it asks again', () => {
    const context = { random: 0, policy: DEFAULT_RETRY };
    let step = play(begin(), [...lost, inVain, fail, inVain], 0);
    step = nextStep(step.state, fail, { ...context, tookMs: 10_000 });
    expect(where(step)).to.equal('locate hub1');
    expect(step.action.delayMs).to.equal(0.6 * INTERVAL - 10_000);
    const hanging = nextStep(play(begin(), [...lost, inVain, fail, inVain], 0).state, fail, {
      ...context,
      tookMs: INTERVAL,
    });
    expect(hanging.action.delayMs).to.equal(0);
  });

  it('has asked within an interval, whatever chance does and however long calls hang', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 0.999999, noNaN: true }), { minLength: 8, maxLength: 40 }),
        (chances) => {
          let step = play(begin(), [...lost, inVain], 0.5);
          let sinceLocateMs = step.action.delayMs;
          for (const random of chances) {
            if (step.action.kind === 'locate') {
              expect(sinceLocateMs).to.be.at.most(0.8 * INTERVAL + 1);
              sinceLocateMs = 0;
            }
            const [event, tookMs] = step.action.kind === 'locate' ? [inVain, 0] : [fail, 10_000];
            step = nextStep(step.state, event, { random, policy: DEFAULT_RETRY, tookMs });
            sinceLocateMs += tookMs + step.action.delayMs;
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  it('forgets all of that when it is served, or is sent elsewhere', () => {
    const searching = [...lost, inVain, fail, inVain, fail];
    expect(play(begin(), [...searching, inVain, ok(1, INTERVAL), fail, fail, fail]).action.delayMs).to.equal(2_000);
    const elsewhere = play(begin(), [...searching, located(at('dc2', 2)), fail, fail, fail]);
    expect(where(elsewhere)).to.equal('locate hub2');
    expect(elsewhere.state.sinceLocateMs).to.equal(undefined);
  });

  it('asks another hub soon after one that does not answer, however long it has searched', () => {
    const step = play(
      begin(),
      [
        ...lost,
        ...Array(9)
          .fill(inVain)
          .flatMap((event) => [event, fail]),
        noHub,
      ],
      0.999,
    );
    expect(step.action.kind).to.equal('locate');
    expect(step.action.delayMs).to.be.below(1_000);
  });

  it('asks a busy hub again when that has said, but passes one over that is always busy', () => {
    const busy: MachineEvent = { type: 'locate-failed', retryAfterMs: 3_000 };
    const steps = [1, 2, 3].map((n) => play(begin(), [...lost, ...Array(n).fill(busy)], 0.5));
    expect(steps.map(where)).to.deep.equal(['locate hub1', 'locate hub1', 'locate hub2']);
    expect(steps[0]?.verdict).to.equal('throttled');
    expect(steps[0]?.action.delayMs).to.be.closeTo(3_300, 0.001);
  });
});

describe('check-in machine: any course of events', () => {
  const placement = fc.record({ name: fc.constantFrom('dc1', 'dc2', 'dc3'), epoch: fc.nat(6) });
  const delay = fc.oneof(fc.nat(100_000), fc.constant(2 ** 32 - 1));
  const named = fc.option(placement, { nil: undefined }).map((p) => p && at(p.name, p.epoch));
  const event: fc.Arbitrary<{ checkIn: MachineEvent; locate: MachineEvent; random: number }> = fc.record({
    checkIn: fc.oneof(
      fc.record({ type: fc.constant('checked-in' as const), epoch: fc.nat(6), nextAfterMs: delay }),
      fc.record({ type: fc.constant('redirected' as const), placement: named, nextAfterMs: delay }),
      fc.constant(fail),
      fc.constant<MachineEvent>({ type: 'not-known' }),
      fc.record({ type: fc.constant('throttled' as const), retryAfterMs: fc.option(delay, { nil: undefined }) }),
    ),
    locate: fc.oneof(
      fc.record({ type: fc.constant('located' as const), placement: named, nextAfterMs: delay }),
      fc.constant(noHub),
    ),
    random: fc.double({ min: 0, max: 0.999999, noNaN: true }),
  });

  it('never loses its owner, never goes back to an older epoch, and stays within its delays', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 60 }), (events) => {
        let step = begin();
        for (const { checkIn, locate, random } of events) {
          const before = step;
          const happened = before.action.kind === 'check-in' ? checkIn : locate;
          step = nextStep(before.state, happened, { random, policy: DEFAULT_RETRY });
          expect(step.action.delayMs).to.be.within(0, MAX_DELAY_MS);
          expect(step.state.owner.epoch).to.be.at.least(before.state.owner.epoch);
          // Only a check-in that succeeded where it was sent changes the owner.
          if (step.state.owner !== before.state.owner) {
            expect(happened.type).to.equal('checked-in');
            expect(step.state.owner.endpoint).to.equal(before.state.target.endpoint);
          }
          if (step.action.kind === 'check-in') {
            const known = [step.state.owner, step.state.candidate, step.state.previous].filter((p) => p !== undefined);
            expect(known).to.deep.include(step.action.at);
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it('has asked every hub soon after everything began to fail, and goes on calling', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 30 }), (events) => {
        let step = begin();
        const go = (happened: { checkIn: MachineEvent; locate: MachineEvent; random: number }) => {
          const what = step.action.kind === 'check-in' ? happened.checkIn : happened.locate;
          step = nextStep(step.state, what, { random: happened.random, policy: DEFAULT_RETRY });
        };
        for (const happened of events) go(happened);
        const asked = new Set<string>();
        for (let i = 0; i < FAILURES_BEFORE_LOCATE + 2 * hubs.length + 1; i++) {
          go({ checkIn: fail, locate: noHub, random: 0.5 });
          if (step.action.kind === 'locate') asked.add(step.action.hub.spokeId);
          const { minCapMs, maxCapMs } = DEFAULT_RETRY;
          expect(step.action.delayMs).to.be.at.most(Math.max(minCapMs, step.state.intervalMs ?? maxCapMs));
        }
        expect([...asked].sort()).to.deep.equal(['hub1', 'hub2']);
      }),
      { numRuns: 300 },
    );
  });
});
