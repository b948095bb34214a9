import { expect } from 'chai';
import fc from 'fast-check';
import {
  acceptsEnvoys,
  afterReport,
  afterReporterLeft,
  type HealthPolicy,
  type HealthState,
  initialHealth,
  isOnline,
  nextHealth,
  type ProbeResult,
  type SpokeHealth,
} from '../../../src/fleet/spoke-health.ts';

const POLICY = { threshold: 3, recoveryThreshold: 2 };
const good = (at = 0, pendingNotices = 0): ProbeResult => ({ outcome: 'good', at, pendingNotices });
const bad = (at = 0): ProbeResult => ({ outcome: 'bad', at, reason: 'refused' });
/** g: good; n: good, with notices that are not delivered; b: bad; y: busy; o: own fault; r: a report; l: it hangs up. */
function step(state: HealthState, letter: string, at: number, policy: HealthPolicy): HealthState {
  switch (letter) {
    case 'r':
      return afterReport(state, { at, intervalMs: 1_000 });
    case 'l':
      return afterReporterLeft(state);
    case 'b':
      return nextHealth(state, bad(at), policy);
    case 'y':
      return nextHealth(state, { outcome: 'busy', at, reason: 'too many' }, policy);
    case 'o':
      return nextHealth(state, { outcome: 'own_fault', at, reason: 'no DNS' }, policy);
    default:
      return nextHealth(state, good(at, letter === 'n' ? 4 : 0), policy);
  }
}
const run = (letters: string, policy: HealthPolicy = POLICY): HealthState =>
  [...letters].reduce((state, letter, i) => step(state, letter, i + 1, policy), initialHealth(0));

describe('the health of a spoke', () => {
  const table: [probes: string, health: SpokeHealth][] = [
    ['', 'unknown'],
    ['g', 'healthy'],
    ['n', 'recovering'],
    ['b', 'unknown'],
    ['bb', 'unknown'],
    ['bbb', 'unhealthy'],
    ['bbg', 'healthy'],
    ['gb', 'suspect'],
    ['gbb', 'suspect'],
    ['gbbg', 'healthy'],
    ['gbbb', 'unhealthy'],
    ['gn', 'suspect'],
    ['gng', 'healthy'],
    ['gbn', 'suspect'],
    ['gnb', 'suspect'],
    ['gnbbb', 'unhealthy'],
    ['y', 'suspect'],
    ['gy', 'suspect'],
    ['gbby', 'suspect'],
    ['gbbybb', 'suspect'],
    ['bbby', 'recovering'],
    ['bbbyg', 'recovering'],
    ['bbbygg', 'healthy'],
    ['gy'.repeat(5), 'suspect'],
    ['o', 'unknown'],
    ['go', 'suspect'],
    ['goooooo', 'suspect'],
    ['gbbo', 'suspect'],
    ['gbbob', 'unhealthy'],
    ['bbbo', 'unhealthy'],
    ['gbbrb', 'unreachable'],
    ['rbbb', 'unreachable'],
    ['bbbr', 'unreachable'],
    ['bbbrbb', 'unreachable'],
    ['bbbrlb', 'unhealthy'],
    ['bbbrg', 'recovering'],
    ['bbbrgg', 'healthy'],
    ['gr', 'healthy'],
    ['r', 'unknown'],
    ['bbbb', 'unhealthy'],
    ['bbbg', 'recovering'],
    ['bbbgg', 'healthy'],
    ['bbbgb', 'unhealthy'],
    ['bbbgbg', 'recovering'],
    ['bbbgn', 'recovering'],
    ['bbbnn', 'recovering'],
    ['bbbnng', 'healthy'],
    ['nb', 'unhealthy'],
  ];
  for (const [probes, health] of table) {
    it(`after ${probes || 'nothing'} is ${health}`, () => {
      expect(run(probes).health).to.equal(health);
    });
  }

  it('says since when, and why it is not healthy', () => {
    expect(run('ggbb')).to.deep.include({
      health: 'suspect',
      since: 3,
      reason: 'refused (2 of 3 failed probes)',
      failures: 2,
    });
    expect(run('ggbbb')).to.deep.include({ health: 'unhealthy', since: 5, reason: 'refused' });
    expect(run('bbbg').reason).to.equal('answers again: 1 of 2 good probes');
    expect(run('bbbn').reason).to.match(/^4 releases, revocations or corrections/);
    expect(run('bbbgg')).to.deep.include({ since: 5, reason: '', lastProbeAt: 5, lastGoodAt: 5 });
    expect(run('gb')).to.deep.include({ lastProbeAt: 2, lastGoodAt: 1 });
  });

  const letters = fc.string({ unit: fc.constantFrom('g', 'n', 'b'), maxLength: 30 });
  const policy = fc.record({
    threshold: fc.integer({ min: 1, max: 5 }),
    recoveryThreshold: fc.integer({ min: 1, max: 5 }),
  });

  it('is never healthy while notices are pending', () => {
    fc.assert(
      fc.property(letters, policy, (probes, by) => {
        expect(['suspect', 'recovering']).to.include(run(`${probes}n`, by).health);
      }),
    );
  });

  it('is unhealthy after as many failures in a row as the threshold, and then online only after recovery', () => {
    fc.assert(
      fc.property(letters, policy, (probes, by) => {
        const failing = run(`${probes}${'b'.repeat(by.threshold)}`, by);
        expect(failing.health).to.equal('unhealthy');
        const back = run(`${probes}${'b'.repeat(by.threshold)}${'g'.repeat(by.recoveryThreshold - 1)}`, by);
        expect(isOnline(back.health)).to.equal(false);
        expect(run(`${probes}${'b'.repeat(by.threshold)}${'g'.repeat(by.recoveryThreshold)}`, by).health).to.equal(
          'healthy',
        );
      }),
    );
  });

  it('is lost neither to load nor to the fault of the hub, however long they last', () => {
    const harmless = fc.string({ unit: fc.constantFrom('g', 'n', 'y', 'o', 'r'), maxLength: 30 });
    fc.assert(
      fc.property(harmless, policy, (probes, by) => {
        expect(['unknown', 'healthy', 'suspect', 'recovering']).to.include(run(probes, by).health);
        expect(isOnline(run(`g${probes}`, by).health)).to.equal(true);
      }),
    );
  });

  it('of a spoke that goes on reporting is unreachable until its next report is overdue by half', () => {
    const at = (ms: number) => nextHealth(afterReport(run('bbb'), { at: 100, intervalMs: 20 }), bad(ms), POLICY).health;
    expect([at(100), at(129), at(130), at(131)]).to.deep.equal([
      'unreachable',
      'unreachable',
      'unhealthy',
      'unhealthy',
    ]);
  });

  it('of a healthy spoke is not lost to fewer failures than the threshold', () => {
    fc.assert(
      fc.property(letters, policy, (probes, by) => {
        const healthy = `${probes}${'g'.repeat(by.recoveryThreshold)}`;
        const dented = run(`${healthy}${'b'.repeat(by.threshold - 1)}`, by);
        expect(isOnline(dented.health)).to.equal(true);
      }),
    );
  });

  it('counts from the last change of sign, and its time never goes back', () => {
    fc.assert(
      fc.property(letters, policy, (probes, by) => {
        const state = run(probes, by);
        expect(state.failures === 0 || state.successes === 0).to.equal(true);
        expect(state.since).to.be.at.most(probes.length);
        expect(state.reason === '').to.equal(state.health === 'healthy');
      }),
    );
  });

  it('and what operators say together decide who takes envoys', () => {
    const takes = (['unknown', 'healthy', 'suspect', 'unhealthy', 'recovering'] as const).filter((health) =>
      acceptsEnvoys(health, 'eligible'),
    );
    expect(takes).to.deep.equal(['healthy', 'suspect']);
    for (const said of ['cordoned', 'draining', 'drained'] as const)
      expect(acceptsEnvoys('healthy', said)).to.equal(false);
  });
});
