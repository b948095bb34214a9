/** vigocli envoys show */
import * as Args from '@oclif/core/args';
import { HubCommand } from '../../cli/hub-command.ts';
import { type EnvoyDetailJson, envoyDetailJson } from '../../cli/json/envoy.ts';
import { present } from '../../cli/present.ts';
import { renderEnvoy } from '../../cli/render/envoy.ts';
import { warningText } from '../../cli/render/envoys.ts';
import { runsWarningText } from '../../cli/render/runs.ts';
import { systemClock } from '../../platform/clock.ts';

export default class EnvoysShow extends HubCommand<EnvoyDetailJson> {
  static override summary = 'Show one envoy: what it is, where it has been, its last runs.';
  static override examples = ['<%= config.bin %> <%= command.id %> web3.dc1.example.com'];
  static override args = {
    envoy: Args.string({ description: 'id or host name', required: true }),
  };

  async run(): Promise<EnvoyDetailJson> {
    const { args, flags } = await this.parse(EnvoysShow);
    const hub = await this.connect(flags);
    const response = await hub.call((admin) => admin.getEnvoy({ envoy: args.envoy }));
    const detail = envoyDetailJson(present(response.envoy, 'an envoy'), response);
    const { columns: width, style } = this.terminal;
    this.print(renderEnvoy(detail, { width, style, now: systemClock.now() }));
    for (const warning of detail.warnings) {
      const aboutEnvoy = detail.stale && warning.spoke === detail.spoke;
      this.printWarning(aboutEnvoy ? warningText(warning, 1) : runsWarningText(warning));
    }
    return detail;
  }
}
