import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import fc from 'fast-check';
import { packArchive } from '../../../src/stacks/pack-archive.ts';
import { STACKS_LIMITS, type StacksLimits } from '../../../src/stacks/stacks-limits.ts';
import { unpackArchive } from '../../../src/stacks/unpack-archive.ts';
import { entry, gz, HOSTILE_ARCHIVES, manyEntries } from '../../support/hostile-archives.ts';
import { tree } from '../../support/published.ts';
import { codeOf } from '../../support/rpc-failure.ts';

const refusal = async (archive: Buffer, limits: StacksLimits = STACKS_LIMITS) => {
  try {
    await unpackArchive(archive, limits);
    return 'accepted';
  } catch (error) {
    expect(await codeOf(Promise.reject(error))).to.equal('ARCHIVE_INVALID');
    return (error as Error).message;
  }
};

describe('an archive of a tree', () => {
  it('is the same for the same files, whoever packs them in whatever order, and another for any other', async () => {
    const files = tree({ 'envoys.vgo': 'a', 'roles/x.vgo': 'b', 'files/long name ü.txt': 'c' });
    const { version, bytes } = await packArchive(files);
    expect(version).to.equal(createHash('sha256').update(bytes).digest('hex'));
    const shuffled = await packArchive(new Map([...files].reverse()));
    expect(shuffled.bytes.equals(bytes)).to.equal(true);
    expect((await packArchive(new Map([...files, ['z', Buffer.from('')]]))).version).not.to.equal(version);
    expect([...(await unpackArchive(bytes)).entries()]).to.deep.equal([...files].sort(([a], [b]) => (a < b ? -1 : 1)));
  });

  it('gives back every byte of any tree', async () => {
    const segment = fc.stringMatching(/^[a-zA-Z0-9 ü_-]{1,60}$/).filter((text) => !text.startsWith('.'));
    const path = fc.array(segment, { minLength: 1, maxLength: 5 }).map((segments) => `d/${segments.join('/')}.f`);
    const files = fc.dictionary(path, fc.uint8Array({ maxLength: 2_000 }), { maxKeys: 12 });
    await fc.assert(
      fc.asyncProperty(files, async (contents) => {
        const given = new Map(Object.entries(contents).map(([name, content]) => [name, Buffer.from(content)]));
        const { bytes } = await packArchive(given);
        const unpacked = await unpackArchive(bytes);
        expect([...unpacked.keys()]).to.deep.equal([...given.keys()].sort((a, b) => (a < b ? -1 : 1)));
        for (const [name, content] of given) expect(content.equals(unpacked.get(name) as Buffer)).to.equal(true);
      }),
      { numRuns: 50 },
    );
  });

  for (const [name, archive, why] of HOSTILE_ARCHIVES) {
    it(`is refused with ${name}`, async () => expect(await refusal(archive())).to.include(why));
  }

  it('is refused beyond its limits, without being unpacked to the end', async () => {
    const limits = { ...STACKS_LIMITS, entries: 3, treeBytes: 100_000, fileBytes: 60_000 };
    const four = ['a', 'b', 'c', 'd'].map((path) => entry({ path }, 'x'));
    expect(await refusal(gz(...four), limits)).to.include('more than 3 entries');
    expect(await refusal(gz(entry({ path: 'a' }, 'x'.repeat(60_001))), limits)).to.include('at most 60000');
    const large = ['a', 'b'].map((path) => entry({ path }, 'x'.repeat(50_001)));
    expect(await refusal(gz(...large), limits)).to.include('more than 100000 bytes');
    // A thousand times as large as itself.
    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024));
    const before = process.memoryUsage().arrayBuffers;
    expect(await refusal(bomb, limits)).to.include('more than 100000 bytes');
    expect(process.memoryUsage().arrayBuffers - before).to.be.lessThan(8 * 1024 * 1024);
  });

  it('may have as many entries as the limits say, and not one more', async function () {
    this.timeout(60_000);
    const limits = { ...STACKS_LIMITS, entries: 20_000 };
    expect((await unpackArchive(manyEntries(20_000), limits)).size).to.equal(20_000);
    expect(await refusal(manyEntries(20_001), limits)).to.include('more than 20000 entries');
  });

  it('is not made of paths that no tree may have', async () => {
    for (const path of ['/a', 'a//b', 'a/../b', 'a\\b', 'x'.repeat(256)]) {
      expect(await codeOf(packArchive(new Map([[path, Buffer.from('')]])))).to.equal('STACKS_INVALID');
    }
  });
});
