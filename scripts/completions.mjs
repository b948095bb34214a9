// Writes completions/: what `vigocli completion` prints, as files for packages that put them where shells look by themselves.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Config } from '@oclif/core/config';

/** Shell → what its file is called. */
const FILES = { bash: 'vigocli.bash', fish: 'vigocli.fish', zsh: '_vigocli' };

/** `root`: the folder of package.json, with src/ and the built manifest. */
export async function writeCompletions(root) {
  const load = (name) => import(pathToFileURL(join(root, 'src/cli/completion', `${name}.ts`)).href);
  const { completionModel } = await load('completion-model');
  const model = completionModel(await Config.load({ root }));
  await mkdir(join(root, 'completions'), { recursive: true });
  for (const [shell, file] of Object.entries(FILES)) {
    const script = await load(`${shell}-completion`);
    await writeFile(join(root, 'completions', file), script[`${shell}Completion`](model));
  }
}
