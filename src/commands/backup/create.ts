/** vigocli backup create */
import { homedir } from 'node:os';
import * as Flags from '@oclif/core/flags';
import { BackupCommand } from '../../cli/backup-command.ts';
import { backupTarget } from '../../cli/backup-target.ts';
import { backupJson, type CreatedJson } from '../../cli/json/backup.ts';
import { readPassphrase } from '../../cli/passphrase.ts';
import { renderBackup } from '../../cli/render/backup.ts';
import { systemClock } from '../../platform/clock.ts';

export default class BackupCreate extends BackupCommand<CreatedJson> {
  static override summary = 'Make a backup of a server of this machine, while it runs.';
  static override description =
    `One file, for its owner alone, with the database as it is at one moment, keys and certificates, the administrator's token, the published trees, server.yaml, and every file that server.yaml names, wherever that lies: license, certificates, secrets. What a server makes by itself when it starts is left out, and so are repositories that webhooks take stacks from.

Whoever has the file has the keys of the server, of a hub those of the whole fleet: give it a passphrase, in a file or in VIGO_BACKUP_PASSPHRASE, and keep that elsewhere. Without it, an encrypted backup is lost. Run this as the user that the server runs as. A server that was started with --config needs the same --config here.

Every server has a backup of its own. That of the hub matters most: a spoke that is restored is brought up to date by it, and so is one that is made anew.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> --data-dir /srv/vigo --out /backup/ --passphrase-file /root/vigo-passphrase',
    '<%= config.bin %> <%= command.id %> --config /etc/vigo/hub.yaml --json',
  ];
  static override flags = {
    // Not from the environment here: VIGO_DATA_DIR goes behind server.yaml, as for the server itself.
    'data-dir': Flags.string({
      description:
        "data directory of the server; otherwise that of server.yaml, VIGO_DATA_DIR, the server's own default",
      helpValue: 'DIR',
    }),
    config: Flags.string({ description: 'path of server.yaml, as for the server itself', helpValue: 'FILE' }),
    out: Flags.string({
      description: 'file to write, or a directory for one that is named by server and time',
      default: '.',
      helpValue: 'FILE',
    }),
    force: Flags.boolean({ description: 'overwrite a file that is there' }),
  };

  async run(): Promise<CreatedJson> {
    const { flags } = await this.parse(BackupCreate);
    const passphrase = readPassphrase({ file: flags['passphrase-file'], env: process.env, isNew: true });
    const { loadServerConfig } = await import('../../server/config/load-server-config.ts');
    const { createBackup } = await import('../../backup/create-backup.ts');
    const config = await loadServerConfig({
      configFile: flags.config,
      dataDir: flags['data-dir'],
      env: process.env,
      cwd: process.cwd(),
      isRoot: process.getuid?.() === 0,
      homeDir: homedir(),
    });
    const encrypted = passphrase !== undefined;
    const name = config.spanner.spokeId ?? config.spanner.role;
    const target = await backupTarget(flags.out, { name, encrypted, now: systemClock.now() });
    const options = { config, target, passphrase, force: flags.force, programVersion: this.config.version };
    const { manifest, size, leftOut, warnings } = await this.working(
      'writing',
      (work) => createBackup({ ...work, ...options, clock: systemClock }),
      'copying the database',
    );
    const backup = backupJson(manifest, { file: target, size, encrypted });
    const all = [...warnings, ...this.ownWarnings(config.configFile, encrypted)];
    this.print(renderBackup(backup, systemClock.now(), this.terminal.style));
    if (leftOut.length > 0) this.printWarning(`left out, since server.yaml names none of it: ${leftOut.join(', ')}`);
    for (const warning of all) this.printWarning(warning);
    return { ...backup, leftOut, warnings: all };
  }

  private ownWarnings(configFile: string | undefined, encrypted: boolean): string[] {
    return [
      ...(configFile === undefined
        ? [
            'no server.yaml was found: it is not in the backup, nor is what it names. If the server has one, pass --config',
          ]
        : []),
      ...(encrypted ? [] : ['not encrypted: whoever has the file has all keys of this server']),
    ];
  }
}
