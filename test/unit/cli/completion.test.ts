/** Completion as the shells themselves do it: bash is asked for real, zsh and fish where they are installed. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Config } from '@oclif/core/config';
import { expect } from 'chai';
import { bashCompletion } from '../../../src/cli/completion/bash-completion.ts';
import { type CompletionModel, completionModel } from '../../../src/cli/completion/completion-model.ts';
import { fishCompletion } from '../../../src/cli/completion/fish-completion.ts';
import { zshCompletion } from '../../../src/cli/completion/zsh-completion.ts';
import { loadConfig } from '../../../src/cli/main.ts';
import { ENVOY_STATUSES } from '../../../src/fleet/envoy-status.ts';
import { findTool } from '../../support/find-tool.ts';
import { lintShell } from '../../support/shell-lint.ts';

const ROOT = join(import.meta.dirname, '../../..');

describe('completion', () => {
  let config: Config;
  let model: CompletionModel;
  let dir: string;

  before(async () => {
    config = await loadConfig({ root: ROOT, commands: './src/commands' });
    model = completionModel(config);
    dir = mkdtempSync(join(tmpdir(), 'vigo-completion-'));
    writeFileSync(join(dir, 'bash'), bashCompletion(model));
    writeFileSync(join(dir, 'zsh'), zshCompletion(model));
    writeFileSync(join(dir, 'fish'), fishCompletion(model));
    writeFileSync(join(dir, 'a file'), '');
  });
  after(() => rmSync(dir, { recursive: true, force: true }));

  const run = (shell: string, args: readonly string[]) => {
    // Nobody's settings, and no network: nothing is found on PATH.
    const { status, stdout, stderr } = spawnSync(shell, args, {
      cwd: dir,
      env: { PATH: '/usr/bin:/bin', HOME: dir },
      encoding: 'utf8',
    });
    expect(stderr, args.join(' ')).to.equal('');
    expect(status).to.equal(0);
    return stdout.split('\n').filter((line) => line !== '');
  };
  /** What bash offers for the last of these words. */
  const inBash = (...words: string[]) => {
    const quoted = ['vigocli', ...words].map((word) => `'${word}'`).join(' ');
    const code = `source ./bash; COMP_WORDS=(${quoted}); COMP_CWORD=${words.length}; _vigocli; printf '%s\\n' "\${COMPREPLY[@]}"`;
    return run('bash', ['--noprofile', '--norc', '-c', code]);
  };
  const visible = () => config.commands.filter(({ hidden }) => !hidden);

  it('offers every topic, every command, every flag, and nothing that is hidden', () => {
    const firstWords = [...new Set(visible().map(({ id }) => id.split(':')[0]))].sort();
    expect(inBash('')).to.deep.equal(firstWords);
    expect(firstWords).to.include('completion').and.not.include('serve');
    for (const { id, flags } of visible()) {
      const [topic = '', verb] = id.split(':');
      const shown = Object.entries(flags).flatMap(([name, { hidden }]) => (hidden ? [] : [`--${name}`]));
      expect(
        model.commands.find(({ name }) => name === id.replace(':', ' '))?.flags.map(({ name }) => `--${name}`),
        id,
      ).to.deep.equal([...shown, '--help']);
      if (verb) expect(inBash(topic, verb), id).to.include(verb);
    }
    expect(inBash('envoys', 'list', '--'))
      .to.include.members(['--status', '--hostname', '--json', '--help'])
      .and.not.include('--timeout');
    expect(model.commands.map(({ name }) => name)).to.not.include('serve');
  });

  it('offers the values of flags and arguments, in every form in which they can be written', () => {
    expect(inBash('envoys', 'list', '--status', '')).to.deep.equal([...ENVOY_STATUSES]);
    expect(inBash('envoys', 'list', '--status', 'of')).to.deep.equal(['offline']);
    expect(inBash('envoys', 'list', '--status', '=')).to.deep.equal([...ENVOY_STATUSES]);
    expect(inBash('envoys', 'list', '--status', '=', 'of')).to.deep.equal(['offline']);
    expect(inBash('envoys', 'list', '--status', 'failed,of')).to.deep.equal(['failed,offline']);
    expect(inBash('envoys', 'list', '--json', '--sort', '-e')).to.deep.equal(['-enrolledAt']);
    expect(inBash('completion', '')).to.deep.equal(['bash', 'zsh', 'fish']);
    expect(inBash('envoys', 'list', '--ca-file', 'a')).to.deep.equal(['a file']);
    expect(inBash('envoys', 'list', '--hostname', '')).to.deep.equal([]);
    expect(inBash('envoys', 'show', '')).to.deep.equal([]);
    expect(inBash('nothing', 'like', '')).to.deep.equal([]);
  });

  it('is a script that ShellCheck has nothing against', async () => {
    expect(await lintShell(`#!/bin/bash\n${bashCompletion(model)}`)).to.deep.equal([]);
  });

  it('is understood by zsh and fish, and offers the same in fish', async () => {
    const shells = [];
    for (const shell of ['zsh', 'fish']) if (await findTool(shell)) shells.push(shell);
    for (const shell of shells) run(shell, ['-n', join(dir, shell)]);
    if (shells.includes('fish')) {
      const inFish = (line: string) =>
        run('fish', ['-N', '-c', `source ./fish; complete -C '${line}'`]).map((row) => row.split('\t')[0]);
      expect(inFish('vigocli ')).to.deep.equal(inBash(''));
      expect(inFish('vigocli envoys ')).to.deep.equal(inBash('envoys', ''));
      expect(inFish('vigocli envoys list --status ')).to.have.members([...ENVOY_STATUSES]);
      expect(inFish('vigocli completion ')).to.have.members(['bash', 'zsh', 'fish']);
    }
    // Said, so that nobody takes it for tested.
    for (const shell of ['zsh', 'fish'])
      if (!shells.includes(shell)) console.log(`      not tested: ${shell} is not on this machine`);
  });

  it('is printed by the command', () => {
    const result = spawnSync(process.execPath, [join(ROOT, 'bin/dev.js'), 'completion', 'bash'], { encoding: 'utf8' });
    expect(result.stdout, result.stderr).to.equal(bashCompletion(model));
  });
});
