/** Flags of the agent's commands. */
import * as Flags from '@oclif/core/flags';

export const stateDirFlag = Flags.string({
  description: 'where the agent keeps its identity [default: /var/lib/vigo for root, else ~/.local/state/vigo]',
  env: 'VIGO_STATE_DIR',
  helpValue: 'DIR',
});
