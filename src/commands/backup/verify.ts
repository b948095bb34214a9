/** vigocli backup verify */
import { resolve } from 'node:path';
import * as Args from '@oclif/core/args';
import { BackupCommand } from '../../cli/backup-command.ts';
import { type BackupJson, backupJson } from '../../cli/json/backup.ts';
import { readPassphrase } from '../../cli/passphrase.ts';
import { renderBackup } from '../../cli/render/backup.ts';
import { systemClock } from '../../platform/clock.ts';

export default class BackupVerify extends BackupCommand<BackupJson> {
  static override summary = 'Look through a backup: is it whole, and can it be restored.';
  static override description =
    'Compares the digest of everything in it, checks the database and that keys belong to their certificates; what it unpacks for that (into TMPDIR) is removed. Damage anywhere ends it with 1. Without encryption that says nothing about who has made the file.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> vigo-hub-20260101T000000Z.tar.gz',
    '<%= config.bin %> <%= command.id %> vigo-hub-20260101T000000Z.tar.gz.enc --passphrase-file /root/vigo-passphrase',
  ];
  static override args = { file: Args.string({ description: 'the backup', required: true }) };

  async run(): Promise<BackupJson> {
    const { args, flags } = await this.parse(BackupVerify);
    const passphrase = readPassphrase({ file: flags['passphrase-file'], env: process.env, isNew: false });
    const { verifyBackup } = await import('../../backup/verify-backup.ts');
    const file = resolve(args.file);
    const verified = await this.working('reading', (work) => verifyBackup({ ...work, file, passphrase }));
    const backup = backupJson(verified.manifest, { ...verified, file });
    const { style } = this.terminal;
    this.print(`${renderBackup(backup, systemClock.now(), style)}\n${style('green', 'intact')}`);
    return backup;
  }
}
