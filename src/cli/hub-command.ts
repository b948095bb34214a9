/** A command that asks a server: the flags that say which, and the connection. */
import * as Flags from '@oclif/core/flags';
import { BaseCommand } from './base-command.ts';
import { findServer, type ServerFlags } from './find-server.ts';
import { durationFlag } from './flags/duration.ts';
import type { Hub } from './hub-client.ts';

const GROUP = 'SERVER';
// A hub waits at most 5 s for a spoke by default; what takes longer than this is broken.
const DEFAULT_TIMEOUT_MS = 30_000;

export const dataDirFlag = Flags.string({
  description: "data directory of a server on this machine [default: the server's own default]",
  env: 'VIGO_DATA_DIR',
  helpGroup: GROUP,
  helpValue: 'DIR',
});

export abstract class HubCommand<T extends object | undefined = object | undefined> extends BaseCommand<T> {
  static override baseFlags = {
    hub: Flags.string({
      description: 'API address of the server, https://host:port',
      env: 'VIGO_HUB',
      helpGroup: GROUP,
      helpValue: 'URL',
    }),
    token: Flags.string({
      description: 'API token; better in the environment, where `ps` does not show it',
      env: 'VIGO_TOKEN',
      helpGroup: GROUP,
      helpValue: 'TOKEN',
      noCacheDefault: true,
    }),
    'ca-file': Flags.string({
      description: "CA certificates (PEM) that the server's certificate must come from",
      env: 'VIGO_CA_FILE',
      helpGroup: GROUP,
      helpValue: 'FILE',
    }),
    'data-dir': dataDirFlag,
    timeout: durationFlag({ description: 'deadline of every call', hidden: true, helpGroup: GROUP }),
  };

  private hub: Hub | undefined;

  /** Throws when it is not known which server, or as whom; nothing is dialled before the first call. */
  protected async connect(flags: ServerFlags & { timeout?: number | undefined }): Promise<Hub> {
    const server = await findServer(flags);
    const { connectHub } = await import('./hub-client.ts');
    this.hub = connectHub({ server, timeoutMs: flags.timeout ?? DEFAULT_TIMEOUT_MS });
    return this.hub;
  }

  protected override async finally(error: Error | undefined): Promise<void> {
    this.hub?.close();
    await super.finally(error);
  }
}
