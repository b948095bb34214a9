import { expect } from 'chai';
import {
  ENVOY_STATUSES,
  emptyCompliance,
  envoyStatus,
  isReachable,
  type RunVerdict,
} from '../../../src/fleet/envoy-status.ts';

describe('the status of an envoy', () => {
  const presence = (silence: number) => ({ lastSignAt: 1_000_000 - silence, now: 1_000_000, offlineAfterMs: 5_000 });

  it('is the verdict over its runs while it is heard of, else offline', () => {
    for (const verdict of ENVOY_STATUSES.filter((status): status is RunVerdict => status !== 'offline')) {
      expect(envoyStatus(verdict, presence(0))).to.equal(verdict);
      expect(envoyStatus(verdict, presence(5_000))).to.equal(verdict);
      expect(envoyStatus(verdict, presence(5_001))).to.equal('offline');
    }
  });

  it('does not mind a clock that was set back', () => {
    expect(isReachable(presence(-60_000))).to.equal(true);
  });

  it('has a place for each in a compliance', () => {
    expect(Object.keys(emptyCompliance())).to.have.members([...ENVOY_STATUSES]);
    expect(emptyCompliance()).not.to.equal(emptyCompliance());
  });
});
