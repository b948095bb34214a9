/** What the commands about backups share: they work on this machine's disk, may take long, and can be interrupted. */
import { systemClock } from '../platform/clock.ts';
import { BaseCommand } from './base-command.ts';
import { withInterrupt } from './interrupt.ts';
import { passphraseFileFlag } from './passphrase.ts';
import { createProgress } from './progress.ts';
import { sizeText } from './render/backup.ts';

export interface BackupWork {
  readonly signal: AbortSignal;
  /** Bytes of files that are done, of all. */
  readonly onProgress: (done: number, of: number) => void;
}

export abstract class BackupCommand<T extends object> extends BaseCommand<T> {
  static override baseFlags = { 'passphrase-file': passphraseFileFlag };

  /** `doing`: what is shown beside how much is done, "reading"; `first`: before there is something to tell. */
  protected async working<R>(doing: string, work: (work: BackupWork) => Promise<R>, first = doing): Promise<R> {
    const { terminal } = this;
    const silent = !(this.human && terminal.canPaint);
    const progress = await createProgress({ terminal, clock: systemClock, silent });
    progress.update(first);
    try {
      const onProgress = (done: number, of: number) =>
        progress.update(`${doing}  ${sizeText(done)} of ${sizeText(of)}`);
      return await withInterrupt((signal) => work({ signal, onProgress }));
    } finally {
      progress.stop();
    }
  }
}
