/** vigocli audit verify */
import { HubCommand } from '../../cli/hub-command.ts';
import { type AuditVerdictJson, auditVerdictJson } from '../../cli/json/audit.ts';
import { EXIT } from '../../fleet/errors.ts';

export default class AuditVerify extends HubCommand<AuditVerdictJson> {
  static override summary = 'Look through the audit log for entries that were edited, taken out or put elsewhere.';
  static override description =
    'Ends with 1 if there is one. The hash of the newest entry, kept elsewhere, shows later that nothing before it was written anew.';
  static override examples = ['<%= config.bin %> <%= command.id %>', '<%= config.bin %> <%= command.id %> --json'];

  async run(): Promise<AuditVerdictJson> {
    const { flags } = await this.parse(AuditVerify);
    const hub = await this.connect(flags);
    const verdict = auditVerdictJson(await hub.call((admin) => admin.verifyAudit({})));
    const { style } = this.terminal;
    if (verdict.intact) {
      const head = verdict.head ? `, newest hash ${verdict.head}` : '';
      this.print(`${style('green', 'intact')}: ${verdict.entries} entries${head}`);
    } else {
      this.print(`${style('red', 'not intact')}: ${verdict.problem}`);
      process.exitCode = EXIT.failed;
    }
    return verdict;
  }
}
