import { expect } from 'chai';
import { createLatencyWindow } from '../../../../src/server/hub/health/latency-window.ts';

describe('the latency of a spoke', () => {
  it('is summed up over the last hundred probes', () => {
    const window = createLatencyWindow();
    expect(window.summary()).to.equal(undefined);
    window.add(7);
    expect(window.summary()).to.deep.equal({ lastMs: 7, p50Ms: 7, p99Ms: 7 });
    for (let ms = 1_000; ms > 0; ms--) window.add(ms);
    expect(window.summary()).to.deep.equal({ lastMs: 1, p50Ms: 50, p99Ms: 99 });
  });
});
