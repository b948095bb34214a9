/** vigocli envoys list */
import * as Flags from '@oclif/core/flags';
import { envoyQuery } from '../../cli/envoy-query.ts';
import { SORT_OPTIONS } from '../../cli/flags/list.ts';
import type { Hub } from '../../cli/hub-client.ts';
import { HubCommand } from '../../cli/hub-command.ts';
import { type EnvoyListJson, envoyListJson } from '../../cli/json/envoy.ts';
import { printAllEnvoys, writeAllEnvoys } from '../../cli/list-all-envoys.ts';
import { envoyColumns, envoyFooter, warningText } from '../../cli/render/envoys.ts';
import { renderTable } from '../../cli/render/table.ts';
import { repaint } from '../../cli/repaint.ts';
import { ENVOY_STATUSES } from '../../fleet/envoy-status.ts';
import { VigoError } from '../../fleet/errors.ts';
import { systemClock } from '../../platform/clock.ts';

const WATCH_EVERY_MS = 2000;

export default class EnvoysList extends HubCommand<EnvoyListJson | undefined> {
  static override summary = 'List envoys of all spokes.';
  static override description =
    'A spoke that does not answer costs its deadline once; its envoys are then listed as the hub knows them, marked stale.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    "<%= config.bin %> <%= command.id %> --hostname 'web*.dc1.*' --status failed,offline",
    '<%= config.bin %> <%= command.id %> --all --json --require-complete > fleet.json',
  ];
  static override flags = {
    hostname: Flags.string({ description: 'only host names that match this glob', helpValue: 'GLOB' }),
    spoke: Flags.string({ description: 'only envoys of this spoke', helpValue: 'ID' }),
    status: Flags.option({
      options: ENVOY_STATUSES,
      multiple: true,
      multipleNonGreedy: true,
      delimiter: ',',
    } as const)({ description: 'only these statuses: a list with commas, or given more than once' }),
    sort: Flags.option({ options: SORT_OPTIONS })({
      description: 'order; a minus sign puts the largest first (--sort=-enrolledAt)',
      default: 'hostname',
    }),
    limit: Flags.integer({ description: 'rows of a page', default: 100, min: 1, max: 1000, helpValue: 'N' }),
    cursor: Flags.string({ description: 'the page that begins here: nextCursor of the page before', default: '' }),
    all: Flags.boolean({ description: 'all pages at once', exclusive: ['limit', 'cursor', 'watch'] }),
    'require-complete': Flags.boolean({ description: 'exit with 3 if a spoke did not answer' }),
    watch: Flags.boolean({ description: 'repaint every 2 s until Ctrl-C', exclusive: ['cursor'] }),
  };

  async run(): Promise<EnvoyListJson | undefined> {
    const { flags } = await this.parse(EnvoysList);
    if (flags.watch && !(this.terminal.outIsTerminal && this.human)) {
      throw new VigoError('USAGE', '--watch needs a terminal to paint on, and no --json');
    }
    const hub = await this.connect(flags);
    const query = envoyQuery(flags);
    if (flags.all) return this.listAll(hub, query, flags['require-complete']);
    const page = async () => {
      const request = { ...query, cursor: flags.cursor, limit: flags.limit };
      return envoyListJson(await hub.call((admin) => admin.listEnvoys(request)));
    };
    if (flags.watch) return this.watch(page);
    const list = await page();
    this.print(this.render(list));
    for (const warning of list.warnings) this.printWarning(warningText(warning, staleRows(list, warning.spoke)));
    if (!list.complete && flags['require-complete']) this.markIncomplete();
    return list;
  }

  private async listAll(hub: Hub, query: ReturnType<typeof envoyQuery>, requireComplete: boolean): Promise<undefined> {
    const end = this.human
      ? await printAllEnvoys(hub, query, {
          terminal: this.terminal,
          now: systemClock.now(),
          warn: (text) => this.printWarning(text),
        })
      : await writeAllEnvoys(hub, query, process.stdout);
    if (end === 'incomplete' && requireComplete) this.markIncomplete();
    if (typeof end === 'object') process.exitCode = end.exit;
  }

  private async watch(page: () => Promise<EnvoyListJson>): Promise<undefined> {
    await repaint({
      terminal: this.terminal,
      clock: systemClock,
      everyMs: WATCH_EVERY_MS,
      frame: async () => this.render(await page()),
      rows: process.stdout.rows,
    });
  }

  private render(list: EnvoyListJson): string {
    const { columns: width, style } = this.terminal;
    const table = renderTable(envoyColumns(systemClock.now()), list.envoys, { width, style });
    return `${table}\n${envoyFooter(list, list.envoys.length)}`;
  }
}

function staleRows(list: EnvoyListJson, spoke: string | null): number {
  return list.envoys.filter((envoy) => envoy.stale && envoy.spoke === spoke).length;
}
