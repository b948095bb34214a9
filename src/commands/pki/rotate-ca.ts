/** vigocli pki rotate-ca */
import * as Flags from '@oclif/core/flags';
import { confirm } from '../../cli/confirm.ts';
import { followRotation } from '../../cli/follow-rotation.ts';
import { HubCommand } from '../../cli/hub-command.ts';
import { withInterrupt } from '../../cli/interrupt.ts';
import { hasEverybodyMoved, type PkiJson, pkiJson } from '../../cli/json/pki.ts';
import { present } from '../../cli/present.ts';
import { createProgress } from '../../cli/progress.ts';
import { movedText, renderPki } from '../../cli/render/pki.ts';
import { systemClock } from '../../platform/clock.ts';

const LOOK = { instead: '"vigocli pki status" to only look' };

export default class PkiRotateCa extends HubCommand<PkiJson> {
  static override summary = "Replace the fleet's CA while everything goes on, and end the trust in the one before.";
  static override description =
    'A new CA takes over at once; both are trusted, and servers and agents get their new certificates by themselves, agents ' +
    'at their next check-in. The command shows how far they are until everybody has moved; Ctrl-C leaves it to go on. ' +
    'Then --finish ends the trust in the CA before: tokens and copies of ca.pem from before are useless from then on.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --yes --detach',
    '<%= config.bin %> <%= command.id %> --finish',
  ];
  static override flags = {
    finish: Flags.boolean({ description: 'end the trust in the CA before; refused as long as somebody has not moved' }),
    force: Flags.boolean({
      description: 'shut out who has not moved: they must be enrolled anew',
      dependsOn: ['finish'],
    }),
    yes: Flags.boolean({ char: 'y', description: 'do not ask' }),
    detach: Flags.boolean({ description: 'return as soon as it has begun', exclusive: ['finish'] }),
  };

  async run(): Promise<PkiJson> {
    const { flags } = await this.parse(PkiRotateCa);
    const hub = await this.connect(flags);
    const ask = (action: string) => confirm({ terminal: this.terminal, action, yes: flags.yes, ...LOOK });
    if (flags.finish) {
      await ask(
        flags.force
          ? 'End the trust in the CA before, and shut out who has not moved'
          : 'End the trust in the CA before, if everybody has moved',
      );
      const { pki } = await hub.call((admin) => admin.finishCaRotation({ force: flags.force }));
      return this.show(pkiJson(present(pki, 'its certificates')));
    }
    await ask('Replace the CA of the fleet');
    return withInterrupt(async (signal) => {
      const { pki } = await hub.call((admin) => admin.beginCaRotation({}));
      const begun = pkiJson(present(pki, 'its certificates'));
      return flags.detach
        ? this.show(begun)
        : this.follow(begun, signal, async () => {
            const answer = await hub.call((admin) => admin.getPki({}));
            return pkiJson(present(answer.pki, 'its certificates'));
          });
    });
  }

  private async follow(begun: PkiJson, signal: AbortSignal, look: () => Promise<PkiJson>): Promise<PkiJson> {
    const progress = await createProgress({ terminal: this.terminal, clock: systemClock, silent: !this.human });
    try {
      const onNews = (news: PkiJson) => progress.update(movedText(news));
      const last = await followRotation({ begun, look, clock: systemClock, signal, onNews });
      progress.stop();
      if (!hasEverybodyMoved(last) && this.human) this.terminal.err('detached; it goes on: vigocli pki status');
      return this.show(last);
    } finally {
      progress.stop();
    }
  }

  private show(pki: PkiJson): PkiJson {
    const { columns: width, style } = this.terminal;
    this.print(renderPki(pki, { width, style, now: systemClock.now() }));
    return pki;
  }
}
