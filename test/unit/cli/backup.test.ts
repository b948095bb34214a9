import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { backupTarget } from '../../../src/cli/backup-target.ts';
import { readPassphrase } from '../../../src/cli/passphrase.ts';
import { sizeText } from '../../../src/cli/render/backup.ts';
import { VigoError } from '../../../src/fleet/errors.ts';
import { useTempDir } from '../pki/temp-dir.ts';

describe('the passphrase of a backup', () => {
  const dir = useTempDir();
  const NAME = 'VIGO_BACKUP_PASSPHRASE';
  const read = (env: NodeJS.ProcessEnv, file?: string, isNew = true) => {
    try {
      return readPassphrase({ file, env, isNew });
    } catch (error) {
      if (!(error instanceof VigoError)) throw error;
      return `${error.code} ${error.message}`;
    }
  };

  it('comes from a file, else from the environment, else there is none', async () => {
    const file = join(dir(), 'passphrase');
    await writeFile(file, '  with blanks and\ntwo lines \r\n');
    expect(read({ [NAME]: 'of the environment' }, file)).to.equal('  with blanks and\ntwo lines ');
    expect(read({ [NAME]: 'of the environment' })).to.equal('of the environment');
    expect(read({})).to.equal(undefined);
  });

  it('that is empty, short or cannot be read is an error, and never means none', async () => {
    const file = join(dir(), 'empty');
    await writeFile(file, '\n');
    expect(read({}, file)).to.match(/^INVALID_ARGUMENT .*is empty/);
    expect(read({ [NAME]: '' })).to.match(/^INVALID_ARGUMENT .*VIGO_BACKUP_PASSPHRASE is empty/);
    expect(read({ [NAME]: 'seven77' })).to.match(/^INVALID_ARGUMENT .*fewer than 8/);
    expect(read({ [NAME]: 'seven77' }, undefined, false)).to.equal('seven77');
    expect(read({}, join(dir(), 'nothing'))).to.match(/^INVALID_ARGUMENT --passphrase-file: cannot read/);
  });
});

describe('where a backup is written', () => {
  const dir = useTempDir();
  const now = Date.UTC(2026, 0, 2, 3, 4, 5);

  it('is the file that is named, or one by server and time in a directory', async () => {
    await mkdir(join(dir(), 'there'));
    const target = (out: string, encrypted = false) => backupTarget(out, { name: 'dc1', encrypted, now });
    expect(await target(join(dir(), 'x'))).to.equal(join(dir(), 'x'));
    expect(await target(join(dir(), 'there'))).to.equal(join(dir(), 'there/vigo-dc1-20260102T030405Z.tar.gz'));
    expect(await target(`${dir()}/absent/`, true)).to.equal(join(dir(), 'absent/vigo-dc1-20260102T030405Z.tar.gz.enc'));
  });

  it('has a size that people read', () => {
    expect([0, 1023, 1024, 1536, 5 * 1024 ** 3, 2 ** 62].map(sizeText)).to.deep.equal([
      '0 bytes',
      '1023 bytes',
      '1.0 KiB',
      '1.5 KiB',
      '5.0 GiB',
      '4194304.0 TiB',
    ]);
  });
});
