/** vigocli audit list */
import * as Flags from '@oclif/core/flags';
import { HubCommand } from '../../cli/hub-command.ts';
import { type AuditJson, auditJson } from '../../cli/json/audit.ts';
import { AUDIT_COLUMNS } from '../../cli/render/audit.ts';
import { renderTable } from '../../cli/render/table.ts';

export default class AuditList extends HubCommand<AuditJson> {
  static override summary = 'Show who did what to the fleet, when, and what the hub did by itself.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --action move --actor admin',
    '<%= config.bin %> <%= command.id %> --subject dc1 --json',
  ];
  static override flags = {
    subject: Flags.string({
      description: 'only what is about this spoke, envoy or move',
      default: '',
      helpValue: 'ID',
    }),
    actor: Flags.string({ description: 'only what this user did', default: '', helpValue: 'NAME' }),
    action: Flags.string({
      description: 'only acts of this name, or whose name begins with it: "move" finds "move.start"',
      default: '',
      helpValue: 'ACTION',
    }),
    limit: Flags.integer({ description: 'at most so many', default: 100, min: 1, max: 1_000, helpValue: 'N' }),
    before: Flags.integer({ description: 'only entries before this number', default: 0, min: 0, helpValue: 'NO' }),
  };

  async run(): Promise<AuditJson> {
    const { flags } = await this.parse(AuditList);
    const hub = await this.connect(flags);
    const { subject, actor, action, limit, before } = flags;
    const result = auditJson(await hub.call((admin) => admin.listAudit({ subject, actor, action, limit, before })));
    const { columns: width, style } = this.terminal;
    this.print(
      result.entries.length === 0 ? 'nothing yet' : renderTable(AUDIT_COLUMNS, result.entries, { width, style }),
    );
    return result;
  }
}
