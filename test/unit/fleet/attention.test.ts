import { expect } from 'chai';
import fc from 'fast-check';
import { attentionOf, type FleetCondition } from '../../../src/fleet/attention.ts';
import { ENVOY_STATUSES, type EnvoyStatus, emptyCompliance } from '../../../src/fleet/envoy-status.ts';
import { SPOKE_HEALTHS } from '../../../src/fleet/spoke-health.ts';

const NOW = Date.UTC(2026, 0, 1);
const DAY = 24 * 60 * 60 * 1000;

const spoke = (more: Partial<FleetCondition['spokes'][number]> = {}): FleetCondition['spokes'][number] => ({
  id: 'dc1',
  health: 'healthy',
  reason: '',
  eligibility: 'eligible',
  envoys: 10,
  configBehind: false,
  pendingNotices: 0,
  ...more,
});

const fleet = (more: Partial<FleetCondition> = {}): FleetCondition => ({
  spokes: [spoke(), spoke({ id: 'dc2' })],
  compliance: { ...emptyCompliance(), converged: 20 },
  unplaced: 0,
  failover: { frozen: false, reason: '', held: [] },
  unreconciled: [],
  license: { envoys: 500, used: 20, expiresAt: NOW + 365 * DAY },
  incompleteMoves: [],
  published: true,
  now: NOW,
  ...more,
});

const said = (condition: FleetCondition) =>
  attentionOf(condition).map(({ level, kind, subject, message }) => `${level} ${kind} ${subject}: ${message}`);

describe('what of a fleet wants attention', () => {
  it('is nothing, when all is well', () => {
    expect(said(fleet())).to.deep.equal([]);
  });

  const CASES: [string, Partial<FleetCondition>, string[]][] = [
    [
      'a dead spoke with envoys, with the reason',
      { spokes: [spoke({ health: 'unhealthy', reason: 'no answer within 5 s' })] },
      ['critical spoke_offline dc1: dc1 is unhealthy, 10 envoys on it: no answer within 5 s'],
    ],
    [
      'a dead spoke without envoys, less',
      { spokes: [spoke({ health: 'unreachable', envoys: 0 })] },
      ['warning spoke_offline dc1: dc1 is unreachable, 0 envoys on it'],
    ],
    [
      'a spoke that may be failing',
      { spokes: [spoke({ health: 'suspect', reason: 'refused' })] },
      ['warning spoke_suspect dc1: dc1 is suspect: refused'],
    ],
    [
      'a living spoke that is behind; a dead one is behind anyway',
      { spokes: [spoke({ configBehind: true }), spoke({ id: 'dc2', health: 'unknown', configBehind: true })] },
      ['warning config_behind dc1: dc1 does not serve what was published last'],
    ],
    [
      'what a spoke has still to be told',
      { spokes: [spoke({ pendingNotices: 1 })] },
      ['warning pending_notices dc1: dc1 has still to be told 1 change'],
    ],
    [
      'a spoke out of placement',
      { spokes: [spoke({ eligibility: 'drained' })] },
      ['notice spoke_ineligible dc1: dc1 takes no envoys: drained'],
    ],
    [
      'a failover that holds back',
      {
        failover: {
          frozen: true,
          reason: 'all spokes fail at once',
          held: [{ spoke: 'dc1', envoys: 1_200, reason: 'all spokes fail at once' }],
        },
      },
      [
        'critical failover_frozen : failover holds back: all spokes fail at once',
        'critical failover_held dc1: dc1 is not drained, 1,200 envoys on it: all spokes fail at once',
      ],
    ],
    [
      'envoys without a place',
      { unplaced: 3 },
      ['critical unplaced : 3 envoys that no spoke serves and that fit nowhere'],
    ],
    [
      'a license that is used up',
      { license: { envoys: 20, used: 20, expiresAt: undefined } },
      ['critical license : all 20 licensed envoys are enrolled: no more can enrol'],
    ],
    [
      'a license that is nearly used up, and one that ends soon',
      { license: { envoys: 20, used: 18, expiresAt: NOW + 3 * DAY - 1 } },
      ['warning license : the license expires in 3 days', 'warning license : 18 of 20 licensed envoys are enrolled'],
    ],
    [
      'a license that has ended',
      { license: { envoys: 20, used: 1, expiresAt: NOW } },
      ['critical license : the license has expired'],
    ],
    [
      'envoys by status, the worst first',
      { compliance: { ...emptyCompliance(), relapsed: 1, failed: 2, offline: 3 } },
      [
        'critical envoys failed: 2 envoys failed their last run',
        'warning envoys offline: 3 envoys have not checked in for two and a half intervals',
        'notice envoys relapsed: 1 envoy changed in their last two runs',
      ],
    ],
    [
      'a move that left some behind',
      { incompleteMoves: [{ id: 'm1', reason: 'drain', left: 4 }] },
      ['warning move_incomplete m1: a drain ended with 4 envoys not moved'],
    ],
    [
      'that nothing was published, once there are envoys',
      { published: false },
      ['notice config_missing : nothing has been published yet: envoys have nothing to do'],
    ],
    ['nothing of an empty fleet', { published: false, license: { envoys: 25, used: 0, expiresAt: undefined } }, []],
  ];
  for (const [what, more, expected] of CASES) {
    it(`is ${what}`, () => {
      expect(said(fleet(more))).to.deep.equal(expected);
    });
  }

  it('has the worst first, whatever is wrong', () => {
    const anySpoke = fc.record({
      id: fc.constantFrom('dc1', 'dc2', 'dc3'),
      health: fc.constantFrom(...SPOKE_HEALTHS),
      reason: fc.constant(''),
      eligibility: fc.constantFrom('eligible' as const, 'cordoned' as const),
      envoys: fc.nat(5),
      configBehind: fc.boolean(),
      pendingNotices: fc.nat(2),
    });
    const counts = Object.fromEntries(ENVOY_STATUSES.map((status) => [status, fc.nat(2)]));
    const anyCompliance = fc.record(counts as Record<EnvoyStatus, fc.Arbitrary<number>>);
    const anyFleet = fc.record({
      spokes: fc.array(anySpoke, { maxLength: 4 }),
      compliance: anyCompliance,
      unplaced: fc.nat(1),
    });
    const order = ['critical', 'warning', 'notice'];
    fc.assert(
      fc.property(anyFleet, (more) => {
        const levels = attentionOf(fleet(more)).map(({ level }) => order.indexOf(level));
        expect(levels).to.deep.equal(levels.toSorted());
      }),
    );
  });
});
