/** vigocli backup restore */
import { join, resolve } from 'node:path';
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { BackupCommand } from '../../cli/backup-command.ts';
import { backupJson, type RestoredJson } from '../../cli/json/backup.ts';
import { readPassphrase } from '../../cli/passphrase.ts';
import { renderRestored } from '../../cli/render/backup.ts';
import { systemClock } from '../../platform/clock.ts';

export default class BackupRestore extends BackupCommand<RestoredJson> {
  static override summary = 'Put a backup back into a data directory.';
  static override description =
    `All of it is unpacked beside the directory and looked through there, as by backup verify, before it takes its place: whatever goes wrong until then changes nothing. Refused while a server runs there.

Nothing is written outside of the directory. Files that were elsewhere are in it, in outside/, and are named: put them where server.yaml expects them. server.yaml itself becomes DIR/server.yaml, unless it was in the data directory: then it keeps its name. Run this as the user that the server runs as.

Never start a hub, or a spoke, of which another copy still runs. A spoke needs nothing else: its hub tells it what has happened since. A hub asks its spokes when it starts.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> vigo-hub-20260101T000000Z.tar.gz --data-dir /srv/vigo',
    '<%= config.bin %> <%= command.id %> vigo-dc1-20260101T000000Z.tar.gz.enc --data-dir /srv/vigo --replace --passphrase-file /root/vigo-passphrase',
  ];
  static override args = { file: Args.string({ description: 'the backup', required: true }) };
  static override flags = {
    'data-dir': Flags.string({ description: 'where it is put', helpValue: 'DIR', required: true }),
    replace: Flags.boolean({ description: 'keep aside what is there as DIR.before-restore-<time>' }),
  };

  async run(): Promise<RestoredJson> {
    const { args, flags } = await this.parse(BackupRestore);
    const passphrase = readPassphrase({ file: flags['passphrase-file'], env: process.env, isNew: false });
    const { restoreBackup } = await import('../../backup/restore-backup.ts');
    const file = resolve(args.file);
    const options = { file, passphrase, dataDir: resolve(flags['data-dir']), replace: flags.replace };
    const restored = await this.working('unpacking', (work) =>
      restoreBackup({ ...work, ...options, clock: systemClock }),
    );
    const { manifest, dataDir, restoredAt, keptAside = null, elsewhere } = restored;
    const backup = backupJson(manifest, { ...restored, file });
    const result: RestoredJson = { dataDir, keptAside, restoredAt, backup, elsewhere };
    this.print(renderRestored(result, systemClock.now(), this.terminal.style));
    // It looks for this one by itself.
    const isFound = restored.serverYaml === join(dataDir, 'server.yaml');
    const config = isFound ? '' : `--config ${restored.serverYaml ?? 'server.yaml'} `;
    this.print(`start it: ${this.config.bin} serve ${config}--data-dir ${dataDir}`);
    return result;
  }
}
