// Who is asked, and what counts as a yes.
import { expect } from 'chai';
import { confirm } from '../../../src/cli/confirm.ts';
import { VigoError } from '../../../src/fleet/errors.ts';
import { createFakeTerminal } from './fake-terminal.ts';

const action = 'move 3 envoys (dc1 to dc2: 3)';

async function outcome(options: { isTTY: boolean; yes?: boolean; answer?: string }): Promise<string> {
  const { terminal } = createFakeTerminal(options);
  const ask = async (question: string) => {
    expect(question).to.equal('move 3 envoys (dc1 to dc2: 3)? [y/N] ');
    return options.answer ?? '';
  };
  try {
    await confirm({ terminal, action, yes: options.yes ?? false, ask });
    return 'agreed';
  } catch (error) {
    expect(error).to.be.instanceOf(VigoError).with.property('code', 'CONFIRMATION_REQUIRED');
    return (error as VigoError).message;
  }
}

describe('confirmation', () => {
  it('is not asked for with --yes', async () => {
    expect(await outcome({ isTTY: false, yes: true })).to.equal('agreed');
  });

  it('takes y and yes', async () => {
    expect(await outcome({ isTTY: true, answer: 'y' })).to.equal('agreed');
    expect(await outcome({ isTTY: true, answer: ' YES ' })).to.equal('agreed');
  });

  it('takes everything else as no', async () => {
    for (const answer of ['', 'n', 'yep', 'ja']) {
      expect(await outcome({ isTTY: true, answer })).to.equal('not confirmed: nothing was changed');
    }
  });

  it('is refused without a terminal, saying what would have happened and what to pass', async () => {
    const message = await outcome({ isTTY: false, answer: 'y' });
    expect(message).to.include(action).and.to.include('--yes').and.to.include('--dry-run');
  });
});
