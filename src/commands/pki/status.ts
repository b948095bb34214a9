/** vigocli pki status */
import { HubCommand } from '../../cli/hub-command.ts';
import { type PkiJson, pkiJson } from '../../cli/json/pki.ts';
import { present } from '../../cli/present.ts';
import { renderPki } from '../../cli/render/pki.ts';
import { systemClock } from '../../platform/clock.ts';

export default class PkiStatus extends HubCommand<PkiJson> {
  static override summary =
    "Show the fleet's certificates: the CA, those of the servers, and who has not moved to a new CA.";
  static override description =
    'Certificates renew themselves at two thirds of their life; what is shown here needs nobody unless it says so.';
  static override examples = ['<%= config.bin %> <%= command.id %>', '<%= config.bin %> <%= command.id %> --json'];

  async run(): Promise<PkiJson> {
    const { flags } = await this.parse(PkiStatus);
    const hub = await this.connect(flags);
    const { pki } = await hub.call((admin) => admin.getPki({}));
    const result = pkiJson(present(pki, 'its certificates'));
    const { columns: width, style } = this.terminal;
    this.print(renderPki(result, { width, style, now: systemClock.now() }));
    return result;
  }
}
