import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { readArchive } from '../../../src/backup/format/archive-reader.ts';
import { writeArchive } from '../../../src/backup/format/archive-writer.ts';
import { type Manifest, parseManifest } from '../../../src/backup/format/manifest.ts';
import { unsealGzip } from '../../../src/backup/format/sealed-gzip.ts';
import { tarHeader, tarPadding } from '../../../src/backup/format/tar-header.ts';
import { VigoError } from '../../../src/fleet/errors.ts';
import { allOf, flipped, inChunks, sourceOf } from '../../support/bytes.ts';
import { entry } from '../../support/hostile-archives.ts';
import { manifestOf, SMALL_FILES, sealed, smallBackup } from '../../support/small-backup.ts';
import { useTempDir } from '../pki/temp-dir.ts';

/** Reads it; what was in it, and what was asked for before it was refused. */
async function read(bytes: Buffer, chunkSize?: number) {
  const files = new Map<string, string>();
  let why = '';
  try {
    await readArchive(unsealGzip(sourceOf(bytes, chunkSize)), {
      begin: async () => undefined,
      file: async ({ path }, content) => void files.set(path, (await allOf(content)).toString()),
    });
  } catch (error) {
    if (!(error instanceof VigoError)) throw error;
    expect(error.code).to.equal('BACKUP_INVALID');
    why = error.message;
  }
  return { files, why };
}

describe("a backup's archive", function () {
  this.timeout(60_000);
  const dir = useTempDir();

  it('gives back its files, however it comes', async () => {
    const { bytes } = await smallBackup();
    for (const chunkSize of [undefined, 1, 7]) {
      const { files, why } = await read(bytes, chunkSize);
      expect(why).to.equal('');
      expect(Object.fromEntries(files)).to.deep.equal(SMALL_FILES);
    }
  });

  it('is one that tar unpacks', async () => {
    const deep = `data/${'deep/'.repeat(20)}file`;
    const { bytes } = await smallBackup({ ...SMALL_FILES, [deep]: 'x' });
    await writeFile(join(dir(), 'backup.tar.gz'), bytes);
    const { stdout, stderr } = spawnSync('tar', ['-tvzf', 'backup.tar.gz'], { cwd: dir(), encoding: 'utf8' });
    expect(stderr).to.equal('');
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => line.split(/\s+/).at(-1)),
    ).to.deep.equal(['manifest.json', ...Object.keys(SMALL_FILES), deep]);
    expect(stdout).to.include('-rw-------');
  });

  it('has headers that never change', () => {
    const digest = (path: string, size: number, mode: number) =>
      createHash('sha256').update(tarHeader({ path, size, mode })!).digest('hex').slice(0, 16);
    // Old backups are compared with them.
    expect(digest('data/vigo.db', 4_096, 0o600)).to.equal('6333498341719e79');
    expect(digest(`data/${'d'.repeat(90)}/${'f'.repeat(90)}`, 1, 0o644)).to.equal('71aa5d7e4596e914');
    expect(digest('data/vigo.db', 9 * 1024 ** 3, 0o600)).to.equal('120ab0ec65e86ee4');
    expect(tarHeader({ path: 'f'.repeat(101), size: 1, mode: 0 })).to.equal(undefined);
  });

  it('shows every bit that was changed', async () => {
    const { bytes } = await smallBackup();
    for (let at = 0; at < bytes.length; at++) {
      for (const bit of [0, 3, 7]) {
        expect((await read(flipped(bytes, at, bit))).why, `bit ${bit} of byte ${at}`).to.not.equal('');
      }
    }
  });

  it('shows that it is cut short, wherever that is, and what was put behind it', async () => {
    const { bytes } = await smallBackup();
    for (let length = 0; length < bytes.length; length++) {
      expect((await read(bytes.subarray(0, length))).why, `${length} bytes`).to.not.equal('');
    }
    for (const more of [Buffer.from([0]), Buffer.alloc(512), bytes]) {
      expect((await read(Buffer.concat([bytes, more]))).why).to.not.equal('');
    }
  });

  it('is made of what its manifest says, and of nothing else', async () => {
    const { tar, manifest } = await smallBackup();
    const text = Buffer.from(JSON.stringify(manifest));
    const head = Buffer.concat([
      tarHeader({ path: 'manifest.json', size: text.length, mode: 0o600 })!,
      text,
      tarPadding(text.length),
    ]);
    const file = (path: string, content: string, mode = 0o600) =>
      Buffer.concat([
        tarHeader({ path, size: content.length, mode })!,
        Buffer.from(content),
        tarPadding(content.length),
      ]);
    const end = Buffer.alloc(1024);
    const database = file('data/vigo.db', 'a database');
    const key = file('data/tls/ca.key', 'a key');
    const pem = file('data/tls/ca.pem', '');
    const refused: [Buffer[], string][] = [
      [[database, pem, key, end], '"data/tls/ca.pem" stands where its manifest has "data/tls/ca.key"'],
      [[database, key, end], '"data/tls/ca.pem" is missing'],
      [[database, key, pem, file('data/evil', 'x'), end], '"data/evil" stands where its manifest has its end'],
      [[file('../evil', 'a database'), key, pem, end], '"../evil" stands where'],
      [[file('/etc/passwd', 'a database'), key, pem, end], '"/etc/passwd" stands where'],
      [
        [entry({ path: 'data/vigo.db', type: 'SymbolicLink', linkpath: '/etc/passwd' }), key, pem, end],
        'is a symbolic link',
      ],
      [[entry({ path: 'data/vigo.db', type: 'Link', linkpath: 'x' }), key, pem, end], 'is a hard link'],
      [[entry({ path: 'data/vigo.db', type: 'FIFO' }), key, pem, end], 'is a pipe'],
      [[entry({ path: 'data/vigo.db', type: 'CharacterDevice' }), key, pem, end], 'is a device'],
      [[file('data/vigo.db', 'a database that is larger'), key, pem, end], 'and its manifest says 10'],
      [[file('data/vigo.db', 'b database'), key, pem, end], '"data/vigo.db" is damaged'],
      [[file('data/vigo.db', 'a database', 0o4755), key, pem, end], 'the header of "data/vigo.db"'],
      [[database, key, pem, end, end], 'follows its end'],
      [[database, key, pem], 'cut short'],
    ];
    expect((await read(await sealed(Buffer.concat([head, database, key, pem, end])))).why).to.equal('');
    for (const [parts, why] of refused) {
      expect((await read(await sealed(Buffer.concat([head, ...parts])))).why).to.include(why);
    }
    expect((await read(await sealed(tar.subarray(1024)))).why).to.include('its first entry is not the manifest');
    expect((await read(await sealed(Buffer.alloc(0)))).why).to.include('its first entry is not the manifest');
  });

  it('is not unpacked further than its manifest says', async () => {
    const { tar } = await smallBackup();
    const bomb = await sealed(Buffer.concat([tar, Buffer.alloc(64 * 1024 * 1024)]));
    expect(bomb.length).to.be.lessThan(1024 * 1024);
    expect((await read(bomb)).why).to.include('follows its end');
  });

  it('is not written from a file that has changed meanwhile', async () => {
    const manifest = manifestOf(SMALL_FILES);
    for (const content of ['a databasf', 'a database and more', 'a data']) {
      const tar = writeArchive(manifest, () => inChunks(Buffer.from(content)));
      let code = '';
      await allOf(tar).catch((error: VigoError) => {
        code = error.code;
      });
      expect(code, content).to.equal('DATA_DIR_UNUSABLE');
    }
  });
});

describe("a backup's manifest", () => {
  const why = (more: object, files = SMALL_FILES) => {
    try {
      parseManifest(Buffer.from(JSON.stringify({ ...manifestOf(files), ...more })));
      return '';
    } catch (error) {
      return (error as Error).message;
    }
  };
  const withPath = (path: string) => why({}, { ...SMALL_FILES, [path]: 'x' });

  it('is taken as it is written', () => {
    expect(why({})).to.equal('');
    expect(withPath('outside/1-hub.yaml')).to.equal('');
  });

  it('names no place but its own', () => {
    for (const path of [
      '/etc/passwd',
      '../x',
      'data/../../x',
      'data//x',
      'data/./x',
      'data\\x',
      'x',
      'data',
      'etc/x',
      'data/a\u0000b',
    ]) {
      expect(withPath(path), path).to.include('its manifest is not as it should be');
    }
    for (const path of ['data/restored.json', 'data/.live', 'data/.live/x', 'data/outside/x', 'data/config/trees/x']) {
      expect(withPath(path), path).to.include('a restore makes this itself');
    }
    expect(withPath(`data/${'f'.repeat(200)}`)).to.include('too long for an archive');
  });

  it('has each file once, and none that is a directory', () => {
    const [first] = manifestOf(SMALL_FILES).files;
    expect(why({ files: [...manifestOf(SMALL_FILES).files, first] })).to.include('twice');
    expect(withPath('data/vigo.db/x')).to.include('both a file and a directory');
    expect(why({ directories: [{ path: 'data/vigo.db', mode: 0o700 }] })).to.include('both a file and a directory');
  });

  it('names only what is in it', () => {
    expect(why({ database: 'data/other.db' })).to.include('names "data/other.db"');
    expect(why({ configVersion: 'a'.repeat(64) })).to.include('names "data/config/archives/aaaa');
    expect(why({ keyPairs: [{ certificate: 'data/tls/ca.pem', key: 'data/tls/no.key' }] })).to.include('no.key');
  });

  it('is refused with wrong values, unknown keys, and from a later version, each time with what is wrong', () => {
    const [file, ...files] = manifestOf(SMALL_FILES).files as [Manifest['files'][number]];
    expect(why({ format: 2 })).to.include('has format 2, and this version of vigocli reads format 1');
    expect(why({ more: 1 })).to.include('"more"');
    expect(why({ files: [{ ...file, mode: 0o4755 }, ...files] })).to.include('files.0.mode');
    expect(why({ files: [{ ...file, size: -1 }, ...files] })).to.include('files.0.size');
    expect(why({ files: [{ ...file, size: 1e300 }, ...files] })).to.include('files.0.size');
    expect(why({ files: [] })).to.include('files');
    expect(() => parseManifest(Buffer.from('{'))).to.throw('no JSON');
    expect(() => parseManifest(Buffer.from('null'))).to.throw('not as it should be');
  });
});
