/**
 * The program: finds the command that the arguments name and runs it.
 *
 * In place of the framework's own `execute`, so that every wrong word is one clear usage error, `--json` holds for it too,
 * and the process ends by itself once all output is taken (an early `process.exit` would cut off a pipe).
 */
import { Config, Plugin } from '@oclif/core/config';
import { loadHelpClass } from '@oclif/core/help';
import { VigoError } from '../fleet/errors.ts';
import { keepAlive } from '../platform/keep-alive.ts';
import { printFailure } from './base-command.ts';
import { toFailure } from './failure.ts';
import { createTerminal } from './terminal.ts';

// Topic and verb; commands are not nested deeper.
const MAX_NAME_WORDS = 2;

export interface CliOptions {
  /** Folder of package.json. */
  readonly root: string;
  /** Arguments behind the name of the program. */
  readonly argv: readonly string[];
  /** Folder of the commands, if not the built ones that the manifest names. For running from sources. */
  readonly commands?: string;
}

/** Never throws; sets `process.exitCode`. */
export async function runCli(options: CliOptions): Promise<void> {
  const terminal = createTerminal(process);
  // A reader that goes away, such as `| head`, is no error. The framework does the same for stdout.
  process.stderr.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  const release = keepAlive();
  try {
    await dispatch(await loadConfig(options), [...options.argv]);
  } catch (error) {
    const failure = toFailure(error);
    process.exitCode = failure.exit;
    if (options.argv.includes('--json')) terminal.out(JSON.stringify({ error: failure }, null, 2));
    else printFailure(terminal, failure, error);
  } finally {
    release();
  }
}

/** Commands and topics: from the manifest, or, with `commands`, from those sources. */
export async function loadConfig(options: Pick<CliOptions, 'root' | 'commands'>): Promise<Config> {
  if (options.commands === undefined) return Config.load({ root: options.root });
  const { readFile } = await import('node:fs/promises');
  const pjson = JSON.parse(await readFile(`${options.root}/package.json`, 'utf8'));
  pjson.oclif = { ...pjson.oclif, commands: options.commands };
  const plugin = new Plugin({
    root: options.root,
    isRoot: true,
    pjson,
    ignoreManifest: true,
    errorOnManifestCreate: true,
  });
  await plugin.load();
  return Config.load({ root: options.root, plugins: new Map([[plugin.name, plugin]]) });
}

async function dispatch(config: Config, argv: string[]): Promise<void> {
  if (argv[0] === '--version') {
    process.stdout.write(`${config.userAgent}\n`);
    return;
  }
  const found = findCommand(config, argv);
  const ownArguments = argv.includes('--') ? argv.slice(0, argv.indexOf('--')) : argv;
  if (argv.length === 0 || ownArguments.includes('--help')) return showHelp(config, found?.id ?? topicOf(config, argv));
  if (!found) return showHelp(config, topicOf(config, argv));
  await config.runCommand(found.id, argv.slice(found.words), config.findCommand(found.id));
}

/** Words up to the first flag: the command's name is in there. */
function leadingWords(argv: readonly string[]): readonly string[] {
  const firstFlag = argv.findIndex((word) => word.startsWith('-'));
  return firstFlag < 0 ? argv : argv.slice(0, firstFlag);
}

/** The longest name of a command that the arguments begin with. */
function findCommand(config: Config, argv: readonly string[]): { id: string; words: number } | undefined {
  const words = leadingWords(argv).slice(0, MAX_NAME_WORDS);
  for (let length = words.length; length > 0; length--) {
    const id = words.slice(0, length).join(':');
    if (config.findCommand(id)) return { id, words: length };
  }
  return undefined;
}

/** The topic that is named alone; undefined if nothing is named. Throws `USAGE` for anything else. */
function topicOf(config: Config, argv: readonly string[]): string | undefined {
  const words = leadingWords(argv);
  const [topic, ...rest] = words;
  const onlyHelp = argv.slice(words.length).every((word) => word === '--help');
  if (topic === undefined && onlyHelp) return undefined;
  if (topic !== undefined && onlyHelp && rest.length === 0 && config.findTopic(topic)) return topic;
  throw unknownCommand(config, words);
}

async function showHelp(config: Config, id: string | undefined): Promise<void> {
  const Help = await loadHelpClass(config);
  await new Help(config, config.pjson.oclif.helpOptions).showHelp(id === undefined ? ['--help'] : [id, '--help']);
}

/** Says what there is instead, as near as possible to what was typed. */
function unknownCommand(config: Config, words: readonly string[]): VigoError {
  const topic = words[0] === undefined ? undefined : config.findTopic(words[0])?.name;
  const visible = config.commands.filter((command) => !command.hidden);
  const known = topic
    ? visible.filter(({ id }) => id.startsWith(`${topic}:`)).map(({ id }) => id.slice(topic.length + 1))
    : visible.map(({ id }) => id.split(':')[0] as string);
  const typed = words.slice(0, topic ? 2 : 1).join(' ');
  const problem = typed === '' || typed === topic ? 'a command is missing' : `no command ${JSON.stringify(typed)}`;
  const list = [...new Set(known)].sort().join(', ');
  return new VigoError('USAGE', `${problem}; ${topic ?? config.bin} has: ${list}`);
}
