#!/usr/bin/env node
// The program straight from its sources, without a build: Node strips the types. For developers.
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCli } from '../src/cli/main.ts';

await runCli({
  root: dirname(dirname(fileURLToPath(import.meta.url))),
  argv: process.argv.slice(2),
  commands: './src/commands',
});
