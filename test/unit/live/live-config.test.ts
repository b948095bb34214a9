import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { silentLogger } from '../../../src/platform/logger.ts';
import type { LiveConfig } from '../../../src/server/live/live-config.ts';
import { openLiveConfig } from '../../../src/server/live/open-live-config.ts';
import { packArchive } from '../../../src/stacks/pack-archive.ts';
import type { StacksFiles } from '../../../src/stacks/stacks-files.ts';
import { STACKS_LIMITS } from '../../../src/stacks/stacks-limits.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { chunksOf, tree } from '../../support/published.ts';
import { codeOf } from '../../support/rpc-failure.ts';

const STALL_MS = 5_000;
const FIRST = tree({ 'envoys.vgo': 'first', 'files/a/b.txt': 'b' });
const SECOND = tree({ 'envoys.vgo': 'second' });

describe('the published tree on disk', () => {
  let dataDir: string;
  let clock: ReturnType<typeof createFakeClock>;
  let live: LiveConfig;
  const open = () => openLiveConfig({ dataDir, clock, logger: silentLogger, stallMs: STALL_MS });
  const never = new AbortController().signal;
  const receive = async (files: StacksFiles) => {
    const { version, bytes } = await packArchive(files);
    return live.receive({ version, size: bytes.length }, chunksOf(bytes), never);
  };
  /** Every file below `.live` and where it points; and what lies about. */
  const onDisk = async () => {
    const root = join(dataDir, '.live');
    const names = existsSync(root) ? (await readdir(root, { recursive: true })).sort() : [];
    const digest = createHash('sha256').update(existsSync(root) ? await readlink(root) : '');
    for (const name of names) {
      const content = await readFile(join(root, name)).catch(() => '');
      digest.update(`${name}\0`).update(content);
    }
    return { live: digest.digest('hex'), incoming: await readdir(join(dataDir, 'config', 'incoming')) };
  };

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'vigo-live-'));
    clock = createFakeClock();
    live = await open();
  });
  afterEach(() => rm(dataDir, { recursive: true, force: true }));

  it('is what was received, on disk and in memory, also after a restart', async () => {
    const seen: string[] = [];
    live.onSwitch((tree) => seen.push(tree.version));
    expect(await receive(FIRST)).to.deep.equal({ unchanged: false });
    expect(await receive(FIRST)).to.deep.equal({ unchanged: true });
    expect(String(await readFile(join(dataDir, '.live', 'files/a/b.txt')))).to.equal('b');
    await receive(SECOND);
    const { version } = await packArchive(SECOND);
    expect(seen).to.deep.equal([(await packArchive(FIRST)).version, version]);
    expect(await readdir(join(dataDir, '.live'))).to.deep.equal(['envoys.vgo']);
    live = await open();
    expect(live.current?.version).to.equal(version);
    expect(String(live.current?.files.get('envoys.vgo'))).to.equal('second');
    expect((await onDisk()).incoming).to.deep.equal([]);
  });

  it('stays as it was whatever is wrong with what comes', async () => {
    await receive(FIRST);
    const before = await onDisk();
    const { version, bytes } = await packArchive(SECOND);
    const header = { version, size: bytes.length };
    const refused = (change: object, content: Uint8Array = bytes) =>
      codeOf(live.receive({ ...header, ...change }, chunksOf(content, 100), never));
    expect(await refused({ version: '0'.repeat(64) })).to.equal('ARCHIVE_INVALID');
    expect(await refused({ version: '../../x' })).to.equal('ARCHIVE_INVALID');
    expect(await refused({ size: bytes.length + 1 })).to.equal('ARCHIVE_INVALID');
    expect(await refused({ size: bytes.length - 1 })).to.equal('ARCHIVE_INVALID');
    expect(await refused({ size: 1e12 })).to.equal('MESSAGE_TOO_LARGE');
    expect(await refused({}, Buffer.concat([bytes.subarray(0, -1), Buffer.from('x')]))).to.equal('ARCHIVE_INVALID');
    const broken = Buffer.from('this is no archive');
    const digest = createHash('sha256').update(broken).digest('hex');
    expect(await refused({ version: digest, size: broken.length }, broken)).to.equal('ARCHIVE_INVALID');
    async function* failing() {
      yield bytes.subarray(0, 100);
      throw new Error('the wire broke');
    }
    expect(await live.receive(header, failing(), never).catch((error: Error) => error.message)).to.equal(
      'the wire broke',
    );
    expect(await onDisk()).to.deep.equal(before);
    expect(live.current?.version).to.equal((await packArchive(FIRST)).version);
    expect(await receive(SECOND)).to.deep.equal({ unchanged: false });
  });

  it('stays also when less is taken in from now on', async () => {
    await receive(FIRST);
    const { version } = live.current!;
    const limits = { ...STACKS_LIMITS, treeBytes: 5 };
    live = await openLiveConfig({ dataDir, clock, logger: silentLogger, limits });
    expect(live.current?.version).to.equal(version);
    expect(await codeOf(receive(SECOND))).to.equal('ARCHIVE_INVALID');
    expect(live.current?.version).to.equal(version);
  });

  it('does not wait for a sender that stalls or hangs up', async () => {
    await receive(FIRST);
    const before = await onDisk();
    const { version, bytes } = await packArchive(SECOND);
    const header = { version, size: bytes.length };
    async function* stalling() {
      yield bytes.subarray(0, 100);
      await new Promise(() => {});
    }
    const stalled = codeOf(live.receive(header, stalling(), never));
    await clock.advance(STALL_MS);
    expect(await stalled).to.equal('TIMEOUT');
    const hangUp = new AbortController();
    const left = live.receive(header, stalling(), hangUp.signal).catch((error: Error) => error.message);
    hangUp.abort(new Error('gone'));
    expect(await left).to.equal('gone');
    expect(await onDisk()).to.deep.equal(before);
    expect(clock.pending()).to.equal(0);
  });

  it('takes in a few at once and no more, and the others do not disturb each other', async () => {
    const gate = Promise.withResolvers<void>();
    const { version, bytes } = await packArchive(SECOND);
    async function* waiting() {
      await gate.promise;
      yield bytes;
    }
    const header = { version, size: bytes.length };
    const staging = Array.from({ length: 4 }, () => live.stage(header, waiting(), never));
    expect(await codeOf(live.stage(header, chunksOf(bytes), never))).to.equal('OVERLOADED');
    gate.resolve();
    const staged = await Promise.all(staging);
    await live.activate(staged[0]!);
    await live.activate(staged[1]!);
    for (const one of staged) await one.discard();
    expect(live.current?.version).to.equal(version);
    expect((await onDisk()).incoming).to.deep.equal([]);
  });

  it('keeps the archives of versions for later, and forgets those that nobody needs', async () => {
    await receive(FIRST);
    const first = live.current!.version;
    await receive(SECOND);
    const second = live.current!.version;
    const { size, chunks } = await live.archive(first);
    const parts: Uint8Array[] = [];
    for await (const chunk of chunks()) parts.push(chunk);
    expect(Buffer.concat(parts).length).to.equal(size);
    await live.keepOnly([]);
    expect(await codeOf(live.archive(first))).to.equal('CONFIG_VERSION_NOT_FOUND');
    expect(await codeOf(live.archive('../../etc/passwd'))).to.equal('CONFIG_VERSION_NOT_FOUND');
    expect((await live.archive(second)).size).to.be.greaterThan(0);
    expect(await readdir(join(dataDir, 'config', 'trees'))).to.deep.equal([second]);
  });

  it('comes back whole from whatever a crash or a hand has left', async () => {
    await receive(FIRST);
    const { version } = live.current!;
    const before = await onDisk();
    // Killed while taking in; while the tree was being written; a file altered by hand.
    await writeFile(join(dataDir, 'config', 'incoming', 'half'), 'x');
    await mkdir(join(dataDir, 'config', 'incoming', 'tree'));
    await writeFile(join(dataDir, 'config', 'trees', version, 'envoys.vgo'), 'altered');
    await rm(join(dataDir, 'config', 'trees', version, 'files'), { recursive: true });
    live = await open();
    expect(await onDisk()).to.deep.equal(before);
    // The archive itself is damaged: nothing is served rather than something wrong, and the next publish heals it.
    await writeFile(join(dataDir, 'config', 'archives', `${version}.tar.gz`), 'x');
    live = await open();
    expect(live.current).to.equal(undefined);
    expect(await receive(FIRST)).to.deep.equal({ unchanged: false });
    expect(await onDisk()).to.deep.equal(before);
    // A link that points nowhere.
    await rm(join(dataDir, '.live'));
    await symlink(join('config', 'trees', 'f'.repeat(64)), join(dataDir, '.live'));
    live = await open();
    expect(live.current).to.equal(undefined);
  });
});
