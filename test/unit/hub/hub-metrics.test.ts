/** What a hub measures where more than reading is behind it. */
import { expect } from 'chai';
import { Registry } from 'prom-client';
import { VigoError } from '../../../src/fleet/errors.ts';
import { silentLogger } from '../../../src/platform/logger.ts';
import { openAuditLog } from '../../../src/server/hub/audit/audit-log.ts';
import { registerConfigMetrics } from '../../../src/server/hub/metrics/config-metrics.ts';
import { countEnrollments } from '../../../src/server/hub/metrics/count-enrollments.ts';
import { createAuditMetrics, registerOperatorMetrics } from '../../../src/server/hub/metrics/operator-metrics.ts';
import type { AuditRepository } from '../../../src/server/store/audit-repository.ts';
import { parseExposition } from '../../support/exposition.ts';
import { createFakeClock } from '../../support/fake-clock.ts';

describe('metrics of a hub', () => {
  let registry: Registry;
  const clock = createFakeClock();
  const read = async (name: string): Promise<Record<string, number>> => {
    const { samples } = parseExposition(await registry.metrics()).get(name) ?? { samples: [] };
    return Object.fromEntries(samples.map(({ labels, value }) => [Object.values(labels).join(' '), value]));
  };

  beforeEach(() => {
    registry = new Registry();
  });

  it('say for how long a spoke lacks a version: since it was published, or since the spoke had it', async () => {
    const status: ((...said: never[]) => void)[] = [];
    let behind = false;
    const publishedAt = clock.now();
    registerConfigMetrics({
      registry,
      publisher: { current: { published_at: publishedAt } as never },
      distribution: { versions: () => [{ spoke: 'dc1', version: '', behind, reason: '' }] },
      monitor: { onStatus: (listener) => void status.push(listener as never) },
      clock,
    });
    const seconds = async () => (await read('vigo_spoke_config_behind_seconds')).dc1;
    expect(await seconds()).to.equal(0);
    behind = true;
    await clock.advance(30_000);
    expect(await seconds()).to.equal(30);
    expect(await read('vigo_spoke_config_behind')).to.deep.equal({ dc1: 1 });
    behind = false;
    await clock.advance(60_000);
    for (const listener of status) listener();
    // Restored from a backup, it has an old version again.
    behind = true;
    await clock.advance(5_000);
    expect(await seconds()).to.equal(5);
    expect(await read('vigo_config_last_publish_timestamp_seconds')).to.deep.equal({ '': publishedAt / 1000 });
  });

  it('count entries of the audit log that could not be written, before an act and after', async () => {
    let broken = false;
    const rows = { append: 0 };
    const write = async () => {
      if (broken) throw new Error('disk full');
      rows.append++;
    };
    const repository = {
      append: write,
      begin: write,
      begun: async () => [],
      last: async () => undefined,
      head: async () => undefined,
    } as unknown as AuditRepository;
    const onWritten = createAuditMetrics(registry);
    const audit = await openAuditLog({ repository, onWritten, clock, logger: silentLogger });
    const act = { actor: 'ann', action: 'spoke.cordon', subject: 'dc1', detail: '', origin: '' };
    const end = await audit.begin(act);
    await end(act);
    expect(await read('vigo_audit_entries_total')).to.deep.equal({ written: 1, failed: 0 });
    broken = true;
    await audit.record(act);
    expect(await audit.begin(act).catch(({ code }: VigoError) => code)).to.equal('AUDIT_UNAVAILABLE');
    expect(await read('vigo_audit_entries_total')).to.deep.equal({ written: 1, failed: 2 });
  });

  it('do without the database when that fails, or does not answer', async () => {
    let answer: () => Promise<never[]> = async () => [];
    registerOperatorMetrics({ registry, sessions: { list: () => answer() }, signals: { watchers: 2 }, clock });
    expect(await read('vigo_web_sessions')).to.deep.equal({ '': 0 });
    answer = () => Promise.reject(new Error('ill'));
    expect(await read('vigo_web_sessions')).to.deep.equal({});
    answer = () => new Promise(() => {});
    const scraped = read('vigo_web_watchers');
    await clock.advance(1_000);
    expect(await scraped).to.deep.equal({ '': 2 });
    expect(clock.pending(), 'timers left').to.equal(0);
  });

  it('count enrolments by what comes of them', async () => {
    const counted = countEnrollments(registry);
    expect(await counted(async () => 'certificate')).to.equal('certificate');
    for (const code of ['TOKEN_EXPIRED', 'TOKEN_REVOKED', 'HOSTNAME_TAKEN', 'OVERLOADED', 'INTERNAL'] as const)
      await counted(() => Promise.reject(new VigoError(code, ''))).catch(() => undefined);
    await counted(() => Promise.reject(new Error('nobody planned this'))).catch(() => undefined);
    const results = Object.entries(await read('vigo_enrollments_total')).filter(([, count]) => count > 0);
    expect(Object.fromEntries(results)).to.deep.equal({
      enrolled: 1,
      token: 2,
      hostname_taken: 1,
      overloaded: 1,
      error: 2,
    });
  });
});
