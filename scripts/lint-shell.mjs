// ShellCheck over the shell scripts of the project; its program comes from npm.
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { lintShell } from '../test/support/shell-lint.ts';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

for (const file of ['.ci/run', 'ops/bootstrap/bootstrap.sh']) {
  for (const finding of await lintShell(await readFile(join(root, file), 'utf8'))) {
    console.error(`${file} ${finding}`);
    process.exitCode = 1;
  }
}
