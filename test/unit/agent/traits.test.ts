// Facts about the machine: complete, steady, and named by their digest.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { NetworkInterfaceInfo } from 'node:os';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { createAddressesCollector } from '../../../src/agent/traits/addresses.ts';
import { createBootTimeCollector } from '../../../src/agent/traits/boot-time.ts';
import { collectTraits } from '../../../src/agent/traits/collect-traits.ts';
import { createCollectors } from '../../../src/agent/traits/collectors.ts';
import { canonicalJson, encodeTraits, traitsDigest } from '../../../src/agent/traits/digest.ts';
import { createOsCollector, parseOsRelease } from '../../../src/agent/traits/os.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import { silentLogger } from '../../../src/platform/logger.ts';
import { createFakeClock } from '../../support/fake-clock.ts';

const collectors = () =>
  createCollectors({ hostname: 'web1.dc1.example.com', agentVersion: '1.2.3', root: '/', clock: systemClock });

const address = (ip: string, internal = false) => ({ address: ip, internal }) as NetworkInterfaceInfo;

describe('traits', () => {
  it('hold what every machine has', async () => {
    const traits = await collectTraits({ collectors: collectors(), clock: systemClock, logger: silentLogger });
    expect(traits).to.have.all.keys(
      ...[
        'os',
        'kernel',
        'hostname',
        'systemHostname',
        'addresses',
        'cpu',
        'memory',
        'disk',
        'bootedAt',
        'agent',
        'node',
      ],
    );
    expect(traits.hostname).to.equal('web1.dc1.example.com');
    expect(traits.os).to.include({ platform: process.platform, arch: process.arch });
    expect((traits.memory as { totalBytes: number }).totalBytes).to.be.greaterThan(0);
    expect((traits.disk as { rootTotalBytes: number }).rootTotalBytes).to.be.greaterThan(0);
  });

  it('are the same when nothing has changed', async () => {
    const all = collectors();
    const collect = () => collectTraits({ collectors: all, clock: systemClock, logger: silentLogger });
    expect(canonicalJson(await collect())).to.equal(canonicalJson(await collect()));
  });

  it('lose only the part of a collector that fails, hangs or says too much', async () => {
    const failed: unknown[] = [];
    const clock = createFakeClock();
    const logger = {
      ...silentLogger,
      error: (fields: object) => failed.push((fields as { collector: string }).collector),
    };
    const done = collectTraits({
      collectors: [
        { name: 'good', collect: () => ({ good: 1 }) },
        {
          name: 'broken',
          collect: () => {
            throw new Error('no such file');
          },
        },
        { name: 'hanging', collect: () => new Promise(() => {}) },
        { name: 'huge', collect: () => ({ huge: 'x'.repeat(100_000) }) },
      ],
      clock,
      logger,
    });
    await clock.advance(5_000);
    expect(await done).to.deep.equal({ good: 1 });
    expect(failed).to.have.members(['broken', 'hanging', 'huge']);
  });

  it('leave out loopback and container cables, and sort addresses', () => {
    const interfaces = {
      lo: [address('127.0.0.1', true)],
      veth12ab: [address('fe80::1')],
      eth1: [address('10.0.0.2'), address('10.0.0.1'), address('10.0.0.1')],
      eth0: [address('192.0.2.1')],
    };
    const traits = createAddressesCollector(() => interfaces).collect();
    expect(JSON.stringify(traits)).to.equal('{"addresses":{"eth0":["192.0.2.1"],"eth1":["10.0.0.1","10.0.0.2"]}}');
  });

  it('keep the boot time when the clock is set right, and change it after a restart', async () => {
    const clock = createFakeClock({ start: Date.UTC(2026, 0, 1, 12, 0, 29) });
    let uptime = 3600;
    const collector = createBootTimeCollector(clock, () => uptime);
    expect(collector.collect()).to.deep.equal({ bootedAt: '2026-01-01T11:00:00.000Z' });
    await clock.advance(5_000);
    expect(collector.collect()).to.deep.equal({ bootedAt: '2026-01-01T11:00:00.000Z' });
    uptime = 1;
    expect(collector.collect()).to.deep.equal({ bootedAt: '2026-01-01T12:01:00.000Z' });
  });

  it('read os-release with and without quotes', () => {
    const fields = parseOsRelease('# comment\nID=debian\nNAME="Debian \\"GNU\\"/Linux"\nVERSION_ID=\'13\'\nbad line\n');
    expect(Object.fromEntries(fields)).to.deep.equal({ ID: 'debian', NAME: 'Debian "GNU"/Linux', VERSION_ID: '13' });
  });

  it('take the system below another root', async () => {
    const root = await mkdtemp(join(tmpdir(), 'vigo-root-'));
    try {
      await mkdir(join(root, 'etc'));
      await writeFile(join(root, 'etc/os-release'), 'ID=tiny\nPRETTY_NAME="Tiny 1"\nVERSION_ID=1\n');
      const { os } = (await createOsCollector(root).collect()) as { os: object };
      expect(os).to.include({ id: 'tiny', name: 'Tiny 1', version: '1' });
    } finally {
      await rm(root, { recursive: true });
    }
  });
});

describe('traits digest', () => {
  it('does not depend on the order of keys', () => {
    expect(canonicalJson({ b: [1, { d: null, c: true }], a: 'x' })).to.equal('{"a":"x","b":[1,{"c":true,"d":null}]}');
    const digest = (traits: Record<string, number>) => Buffer.from(traitsDigest(encodeTraits(traits))).toString('hex');
    expect(digest({ a: 1, b: 2 })).to.equal(digest({ b: 2, a: 1 }));
    expect(digest({ a: 1 })).to.not.equal(digest({ a: 2 }));
  });

  it('refuses numbers that JSON does not have', () => {
    expect(() => canonicalJson({ a: Number.NaN })).to.throw(TypeError);
  });
});
