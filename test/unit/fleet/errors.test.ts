import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { ERROR_CATALOGUE, type ErrorCode, EXIT, isErrorCode, messageOf, VigoError } from '../../../src/fleet/errors.ts';

const DOCS = readFileSync(new URL('../../../docs/errors.md', import.meta.url), 'utf8');

describe('the error catalogue', () => {
  const rows = [...DOCS.matchAll(/^\| `([A-Z_]+)` +\| (\d) +\| (.+?) +\| (.+?) +\|$/gm)].map(
    ([, code = '', exit, meaning = '', remedy = '']) => ({ code, exit: Number(exit), meaning, remedy }),
  );

  it('is listed in docs/errors.md, each code once and in the same order', () => {
    expect(rows.map((row) => row.code)).to.deep.equal(Object.keys(ERROR_CATALOGUE));
  });

  it('is listed there with its exit codes, meanings and remedies', () => {
    for (const { code, exit, meaning, remedy } of rows) {
      expect(exit, code).to.equal(ERROR_CATALOGUE[code as ErrorCode].exit);
      expect(meaning, code).to.match(/^[A-Z`].*\.$/);
      expect(remedy, code).to.match(/\S/);
    }
  });

  it('knows its own codes only', () => {
    expect(isErrorCode('SPOKE_NOT_FOUND')).to.equal(true);
    for (const code of ['', 'NOPE', 'toString', '__proto__', 'spoke_not_found'])
      expect(isErrorCode(code)).to.equal(false);
  });

  it('gives an error its kind, its exit code and its cause', () => {
    const cause = new Error('below');
    const error = new VigoError('TIMEOUT', 'no answer', { cause });
    expect(error).to.include({ code: 'TIMEOUT', kind: 'deadline_exceeded', exit: EXIT.unreachable, cause });
    expect(messageOf(error)).to.equal('no answer');
    expect(messageOf('text')).to.equal('text');
  });
});
