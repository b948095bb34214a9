/** The parts that metrics are made of, as a scraper reads them. */
import { expect } from 'chai';
import { Registry } from 'prom-client';
import { createDurationHistogram } from '../../../src/server/platform/metrics/duration-histogram.ts';
import { registerGauge, registerGauges } from '../../../src/server/platform/metrics/gauges.ts';
import { registerProcessMetrics } from '../../../src/server/platform/metrics/process-metrics.ts';
import { createTallies, createTally } from '../../../src/server/platform/metrics/tally.ts';
import { parseExposition, type Sample } from '../../support/exposition.ts';
import { createFakeClock } from '../../support/fake-clock.ts';

describe('metrics', () => {
  let registry: Registry;
  const samples = async (name: string): Promise<readonly Sample[] | undefined> =>
    parseExposition(await registry.metrics()).get(name)?.samples;
  const values = async (name: string) => (await samples(name))?.map(({ value }) => value);

  beforeEach(() => {
    registry = new Registry();
  });

  it('tally from 0, by one or more, and are read as often as one likes', async () => {
    const tally = createTally(registry, { name: 'a_total', help: 'As.' });
    expect(await values('a_total')).to.deep.equal([0]);
    tally.add();
    tally.add(41);
    expect(await values('a_total')).to.deep.equal([42]);
    expect(await values('a_total')).to.deep.equal([42]);
    expect(tally.value).to.equal(42);
  });

  it('tally each value of a label apart, and show all of them from the start', async () => {
    const tallies = createTallies(registry, { name: 'b_total', help: 'Bs.', label: 'kind', values: ['one', 'two'] });
    tallies.two.add(3);
    expect(await samples('b_total')).to.deep.equal([
      { name: 'b_total', labels: { kind: 'one' }, value: 0 },
      { name: 'b_total', labels: { kind: 'two' }, value: 3 },
    ]);
  });

  it('gauge what is there, and show nothing where there is nothing', async () => {
    let value: number | undefined = 5;
    registerGauge(registry, { name: 'c', help: 'A c.', read: () => value });
    registerGauge(registry, { name: 'd', help: 'A d.', read: async () => value });
    expect([await values('c'), await values('d')]).to.deep.equal([[5], [5]]);
    value = undefined;
    expect([await values('c'), await values('d')]).to.deep.equal([[], []]);
  });

  it('gauge by label, forget what is not there any more, and escape what has to be', async () => {
    let names = ['x', 'a "quoted" \\ \n name'];
    const read = () => names.map((name, i) => [{ name }, i] as const);
    registerGauges(registry, { name: 'e', help: 'An e \\ with\nlines.', labels: ['name'], read });
    expect((await samples('e'))?.map(({ labels }) => labels.name)).to.deep.equal(names);
    names = ['y'];
    expect(await samples('e')).to.deep.equal([{ name: 'e', labels: { name: 'y' }, value: 0 }]);
  });

  it('put durations into buckets, bounds included, and sum them in seconds', async () => {
    const spec = { name: 'f_seconds', help: 'An f.', buckets: [0.001, 0.1] };
    const histogram = createDurationHistogram<'m'>(registry, spec);
    expect(await samples('f_seconds')).to.deep.equal([]);
    const line = histogram.line({ m: 'a' });
    for (const ms of [0, 1, 1.5, 100, 100.5, 5_000]) line.observe(ms);
    histogram.line({ m: 'b' });
    expect(await values('f_seconds')).to.deep.equal([2, 4, 6, 5.203, 6, 0, 0, 0, 0, 0]);
    expect((await samples('f_seconds'))?.map(({ labels }) => labels.le)).to.deep.equal([
      ...['0.001', '0.1', '+Inf', undefined, undefined],
      ...['0.001', '0.1', '+Inf', undefined, undefined],
    ]);
  });

  it('tell of the process, and see that the event loop was kept', async () => {
    const clock = createFakeClock();
    const own = registerProcessMetrics({ registry, version: '1.2.3', role: 'hub', clock });
    try {
      const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
      await sleep(60);
      const until = performance.now() + 150;
      while (performance.now() < until);
      await sleep(60);
      const families = parseExposition(await registry.metrics());
      const delays = families.get('vigo_event_loop_delay_seconds')?.samples ?? [];
      expect(delays.map(({ labels }) => labels.quantile)).to.have.members(['0.5', '0.99', '1']);
      const longest = delays.find(({ labels }) => labels.quantile === '1');
      expect(longest?.value).to.be.within(0.1, 5);
      expect(families.get('vigo_build_info')?.samples[0]?.labels).to.deep.equal({ version: '1.2.3', role: 'hub' });
      expect((await values('process_cpu_seconds_total'))?.[0]).to.be.above(0);
      // Nothing has been seen since the last scrape, or hardly anything.
      expect(await values('vigo_event_loop_delay_seconds')).to.satisfy((all: number[]) => all.every((one) => one < 5));
    } finally {
      own[Symbol.dispose]();
    }
  });
});
