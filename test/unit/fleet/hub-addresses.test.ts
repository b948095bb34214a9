// Which hub address a spoke reports to.
import { expect } from 'chai';
import fc from 'fast-check';
import {
  FAILURES_BEFORE_SEARCH,
  type HubAddressEvent,
  type HubAddressState,
  type HubAddressStep,
  initialHubAddresses,
  isSearching,
  nextHubAddress,
} from '../../../src/fleet/hub-addresses.ts';

const start = (list: string): HubAddressState => {
  const [primary = '', ...fallbacks] = [...list];
  return initialHubAddresses(primary, fallbacks);
};

/** +: it took the report; -: it failed; a letter: it says that this address leads. */
const eventOf = (letter: string): HubAddressEvent => {
  if (letter === '+') return { type: 'reported' };
  return letter === '-' ? { type: 'failed' } : { type: 'not-leader', leader: letter };
};

/** The addresses as they are tried; "|" stands where the next report is waited for. */
function history(list: string, events: string): string {
  let state = start(list);
  let told = state.current;
  for (const letter of events) {
    const step = nextHubAddress(state, eventOf(letter));
    state = step.state;
    told += `${step.next === 'when-due' ? '|' : ''}${state.current}`;
  }
  return told;
}

describe('the hub address of a spoke', () => {
  const table: [name: string, list: string, events: string, history: string][] = [
    ['stays where it is answered', 'abc', '+++', 'a|a|a|a'],
    ['stays for two failures', 'abc', '--', 'a|a|a'],
    ['is the next after the third failure, at once', 'abc', '---', 'a|a|ab'],
    ['counts failures in a row only', 'abc', '--+--+--', 'a|a|a|a|a|a|a|a|a'],
    ['goes through all, then waits for the next report', 'abc', '-----', 'a|a|abc|a'],
    ['is tried once a round while nobody answers', 'abc', '-----------', 'a|a|abc|abc|abc|a'],
    ['is the one that answers first', 'abc', '----+', 'a|a|abc|c'],
    ['is given three failures there too', 'abc', '----+---', 'a|a|abc|c|c|ca'],
    ['comes round from the last to the first', 'ab', '---+---', 'a|a|ab|b|b|ba'],
    ['is the only one if there is no other', 'a', '----', 'a|a|a|a|a'],
    ['counts twice the same as one', 'aabAb', '----', 'a|a|ab|a'],
    ['is the leader that a hub names, at once', 'abc', 'c+', 'ac|c'],
    ['is the leader also in another case', 'abc', 'C+', 'ac|c'],
    ['is not a leader outside of the list: that is a failure', 'abc', 'xxx', 'a|a|ab'],
    ['does not move for a hub that names itself: that is a failure', 'abc', 'aaa', 'a|a|ab'],
    ['makes no circle of two that name each other', 'ab', 'ba', 'ab|b'],
    ['finds a third behind two that name each other', 'abc', 'baabba+', 'ab|ba|abc|c'],
    ['follows a chain of leaders', 'abc', 'bc+', 'abc|c'],
    ['keeps trying a leader that does not answer, then the others', 'abc', 'c---', 'ac|c|ca'],
    ['follows a leader while it searches, and goes on behind it', 'abcd', '---d-', 'a|a|abdc'],
    ['does not go to a leader that has failed in this round', 'abc', '---a', 'a|a|abc'],
  ];
  for (const [name, list, events, expected] of table) {
    it(name, () => {
      expect(history(list, events)).to.equal(expected);
    });
  }

  it('is written as the configuration writes it', () => {
    const state = initialHubAddresses('Hub1.Example.com:1530', ['hub2.example.com:1530', 'hub1.example.com:1530']);
    expect(state.addresses).to.deep.equal(['Hub1.Example.com:1530', 'hub2.example.com:1530']);
    const { current } = nextHubAddress(state, { type: 'not-leader', leader: 'HUB2.example.com:1530' }).state;
    expect(current).to.equal('hub2.example.com:1530');
  });
});

describe('the hub address of a spoke, whatever happens', () => {
  const list = fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { minLength: 1, maxLength: 7 });
  const event: fc.Arbitrary<HubAddressEvent> = fc.oneof(
    fc.constant<HubAddressEvent>({ type: 'reported' }),
    fc.constant<HubAddressEvent>({ type: 'failed' }),
    fc.constantFrom('a', 'b', 'c', 'd', 'e', 'x', '').map((leader) => ({ type: 'not-leader' as const, leader })),
  );
  const noAnswer = event.filter(({ type }) => type !== 'reported');

  /** Every step from the start, with the state before it. */
  const play = (addresses: readonly string[], events: readonly HubAddressEvent[]) => {
    let state = start(addresses.join(''));
    return events.map((happened): HubAddressStep & { before: HubAddressState; event: HubAddressEvent } => {
      const before = state;
      const step = nextHubAddress(before, happened);
      state = step.state;
      return { ...step, before, event: happened };
    });
  };

  it('is one of the list, and no address is tried twice for one report', () => {
    fc.assert(
      fc.property(list, fc.array(event, { maxLength: 60 }), (addresses, events) => {
        let attempts: (string | undefined)[] = [addresses[0]];
        for (const { state, next } of play(addresses, events)) {
          expect(addresses).to.include(state.current);
          attempts = next === 'when-due' ? [state.current] : [...attempts, state.current];
          expect(new Set(attempts).size).to.equal(attempts.length);
          expect(attempts.length).to.be.at.most(new Set(addresses).size);
        }
      }),
    );
  });

  it('is settled by any report that is taken, and only moves for a leader before the third failure', () => {
    fc.assert(
      fc.property(list, fc.array(event, { maxLength: 60 }), (addresses, events) => {
        for (const { before, event: happened, state, next } of play(addresses, events)) {
          if (happened.type === 'reported') {
            expect(state).to.deep.include({ current: before.current, failures: 0, tried: [] });
            expect(next).to.equal('when-due');
          } else if (state.current !== before.current && !isSearching(state)) {
            expect(happened).to.deep.equal({ type: 'not-leader', leader: state.current });
          }
          if (happened.type === 'failed') expect(state.failures).to.equal(before.failures + 1);
        }
      }),
    );
  });

  it('has been each of the list within as many reports as failures are borne, and one more round', () => {
    fc.assert(
      fc.property(list, fc.infiniteStream(noAnswer), (addresses, events) => {
        const seen = new Set<string>();
        let state = start(addresses.join(''));
        for (let reports = 0; reports <= FAILURES_BEFORE_SEARCH; ) {
          seen.add(state.current);
          const step = nextHubAddress(state, events.next().value);
          state = step.state;
          if (step.next === 'when-due') reports++;
        }
        expect(seen).to.deep.equal(new Set(addresses));
      }),
    );
  });
});
