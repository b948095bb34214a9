import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { type Client, createClient, createRouterTransport } from '@connectrpc/connect';
import { expect } from 'chai';
import { SpokeService } from '../../../src/gen/vigo/v1/spoke_pb.js';
import { EnvoyDrift, EnvoyStatus } from '../../../src/gen/vigo/v1/types_pb.js';
import { silentLogger } from '../../../src/platform/logger.ts';
import { createErrorInterceptor } from '../../../src/server/platform/error-interceptor.ts';
import { createCertificateService } from '../../../src/server/spoke/certificate-service.ts';
import { partitionStatus } from '../../../src/server/spoke/partition-status.ts';
import { createRateMeter } from '../../../src/server/spoke/rate-meter.ts';
import { createRunQueries } from '../../../src/server/spoke/runs/run-queries.ts';
import { createSpokeService } from '../../../src/server/spoke/spoke-service.ts';
import { createRunRepository } from '../../../src/server/store/run-repository.ts';
import { codeOf } from '../../support/rpc-failure.ts';
import { collect } from '../../support/servers.ts';
import { openSpokeParts, PACE, type SpokeParts, traitsOf } from './fleet-memory.ts';

describe('the service that a spoke is to its hub', () => {
  let parts: SpokeParts;
  let spoke: Client<typeof SpokeService>;
  beforeEach(async () => {
    parts = await openSpokeParts();
    const { index, custody, meter, clock } = parts;
    const source = { index, spokeId: 'dc1', pace: PACE };
    const service = createSpokeService({
      source,
      custody,
      status: () =>
        partitionStatus({
          source,
          meter,
          refused: createRateMeter(clock),
          live: { current: undefined },
          certificate: undefined,
          clock,
          startedAt: clock.now(),
          version: '1.2.3',
        }),
      runs: createRunQueries({ repository: createRunRepository(parts.database), spokeId: 'dc1' }),
      syncConfig: async () => ({}),
      certificate: createCertificateService(undefined),
      clock,
    });
    const transport = createRouterTransport((router) => router.service(SpokeService, service), {
      router: { interceptors: [createErrorInterceptor({ logger: silentLogger })] },
    });
    spoke = createClient(SpokeService, transport);
  });
  afterEach(() => parts.database.destroy());

  const record = (id: string) => ({
    id,
    hostname: `${id}.example.com`,
    publicKey: Buffer.from(`key of ${id}`),
    epoch: 1,
  });
  const target = { address: 'dc2.test:1530', identity: 'spiffe://test/spoke/dc2', spokeId: 'dc2' };

  it('gives back every part of a record that it took', async () => {
    const { traitsJson, traitsDigest } = traitsOf({ cpus: 8 });
    const full = {
      ...record('web1'),
      epoch: 7,
      enrolledAt: timestampFromMs(1_000),
      lastSeenAt: timestampFromMs(2_000),
      traitsJson,
      traitsDigest,
      status: EnvoyStatus.DEGRADED,
      drift: EnvoyDrift.CHANGED,
      configVersion: 'v3',
      changedStreak: 2,
      lastRunId: '0196a1b2-0000-7000-8000-000000000001',
    };
    expect((await spoke.adopt({ envoys: [full] })).adoptedIds).to.deep.equal(['web1']);
    const [got] = (await spoke.getEnvoys({ ids: ['web1', 'none'] })).envoys;
    const { $typeName: _, traitsJson: json, traitsDigest: digest, publicKey, ...rest } = got!;
    const { traitsJson: __, traitsDigest: ___, publicKey: ____, ...expected } = full;
    expect(rest).to.deep.equal(expected);
    expect([json, digest, publicKey].map((bytes) => Buffer.from(bytes).toString('hex'))).to.deep.equal(
      [traitsJson, traitsDigest, full.publicKey].map((bytes) => Buffer.from(bytes).toString('hex')),
    );
  });

  it('says what it knows about itself', async () => {
    await spoke.adopt({ envoys: [record('web1'), record('web2')] });
    parts.checkIn('web1');
    const { startedAt, compliance, ...status } = await spoke.status({});
    expect(status).to.include({ spokeId: 'dc1', envoyCount: 2, checkinsPerSecond: 1, version: '1.2.3' });
    // web2 was enrolled long ago and never seen.
    expect(compliance).to.include({ noData: 1, offline: 1 });
    expect(startedAt).not.to.equal(undefined);
  });

  it('lists with its total in the first message, also when there is nothing', async () => {
    const [only, ...none] = await collect(spoke.listEnvoys({}));
    expect([only?.total, only?.table?.ids, none]).to.deep.equal([0, [], []]);
    await spoke.adopt({ envoys: Array.from({ length: 900 }, (_, i) => record(`web${i}`)) });
    const messages = await collect(spoke.listEnvoys({ filter: { hostname: 'web*' } }));
    expect(messages.map(({ total, table }) => [total, table?.ids.length])).to.deep.equal([
      [900, 500],
      [0, 400],
    ]);
  });

  it('refuses what cannot be meant, as a whole', async () => {
    const thousandAndOne = Array.from({ length: 1_001 }, (_, i) => `web${i}`);
    const refusals: [string, Promise<unknown>][] = [
      ['too many to adopt', spoke.adopt({ envoys: thousandAndOne.map(record) })],
      ['too many to release', spoke.release({ envoys: thousandAndOne.map((id) => ({ id, epoch: 2 })), target })],
      ['too many to revoke', spoke.revoke({ ids: thousandAndOne })],
      ['too many to get', spoke.getEnvoys({ ids: thousandAndOne })],
      ['a release to nowhere', spoke.release({ envoys: [{ id: 'web1', epoch: 2 }] })],
      [
        'a record without a key',
        spoke.adopt({ envoys: [record('web1'), { ...record('web2'), publicKey: Buffer.alloc(0) }] }),
      ],
      ['a record without an epoch', spoke.adopt({ envoys: [{ ...record('web1'), epoch: 0 }] })],
    ];
    for (const [name, refused] of refusals) expect(await codeOf(refused), name).to.equal('INVALID_ARGUMENT');
    expect(await codeOf(collect(spoke.listEnvoys({ filter: { hostname: '!' } })))).to.equal('INVALID_PATTERN');
    expect(parts.index.size).to.equal(0);
  });
});
