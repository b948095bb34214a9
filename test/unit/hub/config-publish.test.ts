import { DatabaseSync } from 'node:sqlite';
import { timestampMs } from '@bufbuild/protobuf/wkt';
import { expect } from 'chai';
import { CHUNK_BYTES } from '../../../src/rpc/archive-upload.ts';
import { findVersion } from '../../../src/server/hub/config/find-version.ts';
import { digestOf } from '../../support/digest.ts';
import type { MemoryFleet } from '../../support/memory-fleet.ts';
import { archiveOf, chunksOf, outcomes, publish, tree, treeOf, upload } from '../../support/published.ts';
import { codeOf } from '../../support/rpc-failure.ts';
import { settleTurns } from '../../support/turns.ts';
import { useFleet } from '../../support/use-fleet.ts';

const BROKEN = {
  file: 'envoys.vgo',
  line: 3,
  column: 7,
  message: 'no role "bse"; did you mean "base"?',
  snippet: 'roles: [bse]',
};

/** What each server serves. */
const served = (fleet: MemoryFleet) => [fleet.hub, ...fleet.spokes].map(({ live }) => live?.current?.version);
const history = async (fleet: MemoryFleet) => (await fleet.hub.admin.listConfigHistory({})).versions;

describe('publishing a configuration', () => {
  const newFleet = useFleet();

  it('gives it to all spokes, and keeps who did it, when, and what it changed', async () => {
    const fleet = await newFleet();
    const first = await publish(fleet.hub.admin, tree({ 'a.vgo': '1', 'b.vgo': '2', 'c.vgo': '3' }), 'the beginning');
    expect(outcomes(first)).to.equal('dc1 synced, dc2 synced');
    expect(first.version).to.include({
      number: 1,
      actor: 'tester',
      message: 'the beginning',
      filesChanged: 3,
      current: true,
    });
    const second = await publish(fleet.hub.admin, tree({ 'b.vgo': '2', 'c.vgo': 'three', 'd.vgo': '4' }));
    expect(served(fleet)).to.deep.equal(Array(3).fill(second.version?.version));
    const [newest, before] = await history(fleet);
    expect(newest).to.deep.include({ number: 2, current: true, rollback: false, filesChanged: 3 });
    expect(newest).to.deep.include({ added: ['d.vgo'], changed: ['c.vgo'], removed: ['a.vgo'] });
    expect(timestampMs(newest!.publishedAt!)).to.equal(fleet.clock.now());
    expect(before).to.deep.include({ number: 1, current: false, added: ['a.vgo', 'b.vgo', 'c.vgo'] });
    expect((await fleet.hub.admin.listConfigHistory({ before: 2 })).versions.map(({ number }) => number)).to.deep.equal(
      [1],
    );
    expect((await fleet.hub.admin.listConfigHistory({ limit: 1 })).versions.map(({ number }) => number)).to.deep.equal([
      2,
    ]);
    expect((await fleet.hub.admin.getSpannerStatus({})).spokes.map((spoke) => spoke.configVersion)).to.deep.equal(
      Array(2).fill(second.version?.version),
    );
  });

  it('names a hundred of very many files, and counts all of them', async () => {
    const fleet = await newFleet();
    const files = Object.fromEntries(Array.from({ length: 120 }, (_, i) => [`f${1000 + i}.vgo`, '']));
    const { version } = await publish(fleet.hub.admin, tree(files));
    expect(version).to.include({ filesChanged: 120 });
    expect(version?.added).to.have.length(100);
  });

  it('says nothing of a fleet that has none', async () => {
    const fleet = await newFleet();
    const { current, spokes } = await fleet.hub.admin.getConfigStatus({});
    expect(current).to.equal(undefined);
    expect(spokes.map(({ spoke, version, behind, online }) => ({ spoke, version, behind, online }))).to.deep.equal([
      { spoke: 'dc1', version: '', behind: false, online: true },
      { spoke: 'dc2', version: '', behind: false, online: true },
    ]);
    expect(await history(fleet)).to.deep.equal([]);
  });

  it('of what the fleet has already writes no history, and reaches a spoke that has lost it', async () => {
    const fleet = await newFleet();
    const first = await publish(fleet.hub.admin, treeOf('1'));
    const same = await publish(fleet.hub.admin, treeOf('1'), 'again');
    expect(same).to.include({ unchanged: true });
    expect(same.version).to.include({ number: 1, filesChanged: 0, message: '' });
    expect(outcomes(same)).to.equal('dc1 unchanged, dc2 unchanged');
    expect(await history(fleet)).to.have.length(1);
    // Given another tree by somebody else, and found again before the next probe.
    const other = await archiveOf(treeOf('stray'));
    await fleet
      .spoke('dc2')
      .live?.receive({ version: digestOf(other), size: other.length }, chunksOf(other), new AbortController().signal);
    expect(outcomes(await publish(fleet.hub.admin, treeOf('1')))).to.equal('dc1 unchanged, dc2 synced');
    expect(served(fleet)).to.deep.equal(Array(3).fill(first.version?.version));
  });

  it('refuses a tree with mistakes: all of them are told, and nothing changes anywhere', async () => {
    const fleet = await newFleet({
      checkStacks: (files) => (String(files.get('envoys.vgo')).includes('bse') ? Array(501).fill(BROKEN) : []),
    });
    await publish(fleet.hub.admin, treeOf('right'));
    const before = served(fleet);
    const { problems, published } = await upload(fleet.hub.admin, treeOf('bse'));
    expect(published).to.equal(undefined);
    expect(problems).to.have.length(501);
    expect(problems[0]).to.include(BROKEN);
    expect(problems[500]?.message).to.equal('and 1 more problems');
    expect(served(fleet)).to.deep.equal(before);
    expect(await history(fleet)).to.have.length(1);
  });

  it('many at once: one after the other, and the last one is what everybody has', async () => {
    const fleet = await newFleet();
    const texts = ['a', 'b', 'c', 'd'];
    const all = await Promise.all(texts.map((text) => publish(fleet.hub.admin, treeOf(text))));
    expect(all.map(({ version }) => version?.number).sort()).to.deep.equal([1, 2, 3, 4]);
    const versions = await history(fleet);
    expect(versions.map(({ number }) => number)).to.deep.equal([4, 3, 2, 1]);
    expect(versions.filter(({ current }) => current)).to.have.length(1);
    expect(versions[0]?.current).to.equal(true);
    expect(served(fleet)).to.deep.equal(Array(3).fill(versions[0]?.version));
  });
});

describe('an upload', () => {
  const newFleet = useFleet();
  const NOTE = { message: '' };
  const header = (bytes: Uint8Array, more: object = {}) => ({
    part: { case: 'header' as const, value: { digest: digestOf(bytes), size: bytes.length, ...NOTE, ...more } },
  });
  const chunk = (value: Uint8Array) => ({ part: { case: 'chunk' as const, value } });
  type Part = ReturnType<typeof header> | ReturnType<typeof chunk> | { part: { case: undefined } };

  it('that lies, begins in the middle or is not what it says is refused, and changes nothing', async () => {
    const fleet = await newFleet();
    const { version } = await publish(fleet.hub.admin, treeOf('1'));
    const bytes = await archiveOf(treeOf('2'));
    const noArchive = Buffer.from('this is no archive');
    const cases: [string, string, Part[]][] = [
      ['nothing at all', 'INVALID_ARGUMENT', []],
      ['no header', 'INVALID_ARGUMENT', [chunk(bytes)]],
      ['an empty message', 'INVALID_ARGUMENT', [{ part: { case: undefined } }]],
      ['two headers', 'INVALID_ARGUMENT', [header(bytes), header(bytes), chunk(bytes)]],
      ['an empty chunk', 'INVALID_ARGUMENT', [header(bytes), chunk(bytes), chunk(Buffer.alloc(0))]],
      ['a chunk too large', 'INVALID_ARGUMENT', [header(bytes, { size: 9e6 }), chunk(Buffer.alloc(CHUNK_BYTES + 1))]],
      ['no size', 'INVALID_ARGUMENT', [header(bytes, { size: 0 })]],
      ['half a byte', 'INVALID_ARGUMENT', [header(bytes, { size: 1.5 })]],
      ['no number', 'INVALID_ARGUMENT', [header(bytes, { size: Number.NaN })]],
      ['no digest', 'INVALID_ARGUMENT', [header(bytes, { digest: 'latest' })]],
      ['an essay', 'INVALID_ARGUMENT', [header(bytes, { message: 'x'.repeat(501) })]],
      ['more than can be', 'MESSAGE_TOO_LARGE', [header(bytes, { size: 2 ** 50 }), chunk(bytes)]],
      ['less than announced', 'ARCHIVE_INVALID', [header(bytes, { size: bytes.length + 1 }), chunk(bytes)]],
      ['more than announced', 'ARCHIVE_INVALID', [header(bytes, { size: bytes.length - 1 }), chunk(bytes)]],
      ['only a header', 'ARCHIVE_INVALID', [header(bytes)]],
      ['another digest', 'ARCHIVE_INVALID', [header(bytes, { digest: digestOf(noArchive) }), chunk(bytes)]],
      ['no archive', 'ARCHIVE_INVALID', [header(noArchive), chunk(noArchive)]],
    ];
    for (const [what, code, parts] of cases) {
      const messages = (async function* () {
        yield* parts;
      })();
      expect(await codeOf(fleet.hub.admin.publishConfig(messages)), what).to.equal(code);
    }
    expect(served(fleet)).to.deep.equal(Array(3).fill(version?.version));
    expect(await history(fleet)).to.have.length(1);
  });

  /** Never sends more than `parts`. */
  async function* stalled(parts: readonly Part[], signal: AbortSignal) {
    yield* parts;
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
  }

  it('that stalls, before its header or behind it, ends; of too many at once the last is sent away', async () => {
    const fleet = await newFleet();
    const gone = new AbortController();
    const bytes = await archiveOf(treeOf('2'));
    const begun = [[], [header(bytes)], [header(bytes)], [header(bytes)], [header(bytes)]].map((parts) =>
      codeOf(fleet.hub.admin.publishConfig(stalled(parts, gone.signal))),
    );
    await settleTurns(20);
    expect(await codeOf(upload(fleet.hub.admin, treeOf('3')))).to.equal('OVERLOADED');
    expect(await fleet.drive(Promise.all(begun))).to.deep.equal(Array(5).fill('TIMEOUT'));
    gone.abort();
    expect(outcomes(await publish(fleet.hub.admin, treeOf('3')))).to.equal('dc1 synced, dc2 synced');
  });
});

describe('a rollback', () => {
  const newFleet = useFleet();

  it('brings a version of the history back, and is part of it', async () => {
    const fleet = await newFleet();
    const first = await publish(fleet.hub.admin, tree({ 'a.vgo': '1' }));
    await publish(fleet.hub.admin, tree({ 'a.vgo': '2', 'b.vgo': '' }));
    const version = first.version?.version ?? '';
    const { published } = await fleet.hub.admin.rollbackConfig({
      version: version.slice(0, 8).toUpperCase(),
      message: 'too soon',
    });
    expect(outcomes(published!)).to.equal('dc1 synced, dc2 synced');
    expect(served(fleet)).to.deep.equal(Array(3).fill(version));
    const [newest] = await history(fleet);
    expect(newest).to.deep.include({ number: 3, version, rollback: true, message: 'too soon', current: true });
    expect(newest).to.deep.include({ changed: ['a.vgo'], removed: ['b.vgo'], added: [] });
    const again = await fleet.hub.admin.rollbackConfig({ version });
    expect(again.published).to.include({ unchanged: true });
    expect(await history(fleet)).to.have.length(3);
  });

  it('needs a version that there is, is kept, and is still valid', async () => {
    let strict = false;
    const fleet = await newFleet({ checkStacks: (files) => (strict && files.size === 1 ? [BROKEN, BROKEN] : []) });
    const { version } = (await publish(fleet.hub.admin, treeOf('1'))).version!;
    await publish(fleet.hub.admin, tree({ a: '', b: '' }));
    const refused = (text: string) => codeOf(fleet.hub.admin.rollbackConfig({ version: text }));
    for (const text of ['', 'abc', version.slice(0, 7), `${version}0`, 'HEAD~1 or so', '%%%%%%%%'])
      expect(await refused(text), text).to.equal('INVALID_ARGUMENT');
    expect(await refused('0'.repeat(64))).to.equal('CONFIG_VERSION_NOT_FOUND');
    strict = true;
    expect(await refused(version)).to.equal('STACKS_INVALID');
    expect(await history(fleet)).to.have.length(2);
    strict = false;
    expect((await fleet.hub.admin.rollbackConfig({ version })).published?.unchanged).to.equal(false);
  });

  it('reaches back over fifty versions', async () => {
    const fleet = await newFleet();
    const oldest = (await publish(fleet.hub.admin, treeOf('oldest'))).version!;
    const database = new DatabaseSync(fleet.hub.databaseFile);
    const fake = (number: number) =>
      database.exec(
        `insert into config_versions select ${number}, '${digestOf(Buffer.from([number]))}', published_at, actor, message, rollback, size, files_changed, added, changed, removed from config_versions where number = 1`,
      );
    for (let number = 2; number <= 49; number++) fake(number);
    await publish(fleet.hub.admin, treeOf('50'));
    expect((await fleet.hub.live?.archive(oldest.version))?.size).to.equal(oldest.size);
    fake(51);
    database.close();
    await publish(fleet.hub.admin, treeOf('52'));
    expect(await codeOf(fleet.hub.admin.rollbackConfig({ version: oldest.version }))).to.equal(
      'CONFIG_VERSION_NOT_FOUND',
    );
  });

  it('names the candidates of a beginning that is not of one version only', async () => {
    const asked = (found: string[]) =>
      findVersion({ versionsLike: async () => found }, 'abcdef12').catch((error: Error) => error);
    const six = ['1', '2', '3', '4', '5', '6'].map((end) => `abcdef12${end}`);
    expect(await asked(six.slice(0, 1))).to.equal('abcdef121');
    expect(String(await asked(six.slice(0, 2)))).to.match(/more than one version: abcdef121, abcdef122$/);
    expect(String(await asked(six))).to.match(/abcdef125, and more$/);
  });
});
