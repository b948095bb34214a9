// Every command with its flags and arguments: people script against them, so that removing one must be meant.
// After a change that is meant: UPDATE_SNAPSHOT=1 mocha test/unit/cli/commands.test.ts
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Config } from '@oclif/core/config';
import { expect } from 'chai';
import { loadConfig } from '../../../src/cli/main.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const SNAPSHOT = new URL('commands.snapshot.json', import.meta.url);

/** Id → its arguments, "!" behind those that are required, and its flags. */
function surfaceOf(config: Config): Record<string, { args: string[]; flags: string[] }> {
  const mark = ([name, { required }]: [string, { required?: boolean | undefined }]) => `${name}${required ? '!' : ''}`;
  return Object.fromEntries(
    config.commands.map(({ id, args, flags }) => [
      id.replaceAll(':', ' '),
      { args: Object.entries(args).map(mark), flags: Object.entries(flags).map(mark).sort() },
    ]),
  );
}

describe('commands', () => {
  let config: Config;

  before(async () => {
    config = await loadConfig({ root: ROOT, commands: './src/commands' });
  });

  it('are those of the snapshot', async () => {
    const surface = surfaceOf(config);
    if (process.env.UPDATE_SNAPSHOT) await writeFile(SNAPSHOT, `${JSON.stringify(surface, null, 2)}\n`);
    expect(surface).to.deep.equal(JSON.parse(await readFile(SNAPSHOT, 'utf8')));
  });

  it('all have a summary, examples and --json', () => {
    for (const { id, summary, examples, flags } of config.commands) {
      expect(summary, id).to.match(/^[A-Z].*\.$/);
      expect(examples, id).to.be.an('array').that.is.not.empty;
      expect(flags, id).to.have.property('json');
    }
  });

  it('all belong to a topic with a description, or stand alone', () => {
    for (const { name, description } of config.topics) expect(description, name).to.match(/^[A-Z].*\.$/);
  });
});
