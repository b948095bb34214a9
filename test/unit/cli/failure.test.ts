// From an error to what scripts and shells see.
import { CLIError } from '@oclif/core/errors';
import { expect } from 'chai';
import { toFailure } from '../../../src/cli/failure.ts';
import { VigoError } from '../../../src/fleet/errors.ts';

describe('failures', () => {
  for (const [code, exit] of [
    ['SPOKE_NOT_FOUND', 1],
    ['USAGE', 2],
    ['CONFIRMATION_REQUIRED', 2],
    ['UNAUTHENTICATED', 4],
    ['PERMISSION_DENIED', 4],
    ['UNREACHABLE', 5],
    ['TIMEOUT', 5],
  ] as const) {
    it(`end with ${exit} for ${code}`, () => {
      expect(toFailure(new VigoError(code, 'why'))).to.deep.equal({ code, message: 'why', exit });
    });
  }

  it('are wrong usage when the argument parser complains', () => {
    expect(toFailure(new CLIError('Nonexistent flag: --foo\nSee more help with --help'))).to.deep.equal({
      code: 'USAGE',
      message: 'unknown flag: --foo',
      exit: 2,
    });
  });

  it('say in one line what the parser says in many', () => {
    const message =
      'The following errors occurred:\n  Missing required flag key\n  Missing required flag out\nSee more help with --help';
    expect(toFailure(new CLIError(message)).message).to.equal('missing flag: --key; missing flag: --out');
  });

  it('are INTERNAL for anything that nobody foresaw', () => {
    expect(toFailure(new TypeError('x is not a function'))).to.deep.equal({
      code: 'INTERNAL',
      message: 'x is not a function',
      exit: 1,
    });
    expect(toFailure('text')).to.include({ code: 'INTERNAL', message: 'text' });
  });
});
