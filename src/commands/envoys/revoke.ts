/** vigocli envoys revoke */
import * as Args from '@oclif/core/args';
import { HubCommand } from '../../cli/hub-command.ts';

interface RevokedJson {
  readonly id: string;
  readonly hostname: string;
  /** Its spoke has confirmed. */
  readonly delivered: boolean;
}

export default class EnvoysRevoke extends HubCommand<RevokedJson> {
  static override summary = 'Take an envoy its identity away, for good.';
  static override description =
    'From then on its check-ins are refused. The machine can become a new envoy with a new enrolment token.';
  static override examples = ['<%= config.bin %> <%= command.id %> web3.dc1.example.com'];
  static override args = {
    envoy: Args.string({ description: 'id or host name', required: true }),
  };

  async run(): Promise<RevokedJson> {
    const { args, flags } = await this.parse(EnvoysRevoke);
    const hub = await this.connect(flags);
    const { id, hostname, delivered } = await hub.call((admin) => admin.revokeEnvoy({ envoy: args.envoy }));
    this.print(`revoked ${hostname} (${id})`);
    if (!delivered) {
      this.printWarning('its spoke does not answer now: it is told as soon as it does, before it serves again');
    }
    return { id, hostname, delivered };
  }
}
