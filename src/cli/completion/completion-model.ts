/** What can be typed: commands, their flags and the values of these. Made from the manifest, so that it is never behind the program. */
import type { Config } from '@oclif/core/config';

export interface CompletionModel {
  /** Name of the program. */
  readonly bin: string;
  /** First words. */
  readonly topics: readonly CompletionTopic[];
  readonly commands: readonly CompletionCommand[];
}

export interface CompletionTopic {
  readonly name: string;
  readonly summary: string;
}

export interface CompletionCommand {
  /** "envoys list", or "demo". */
  readonly name: string;
  readonly summary: string;
  readonly flags: readonly CompletionFlag[];
  /** What its first argument may be; empty if it has none, or may be anything. */
  readonly values: readonly string[];
}

export interface CompletionFlag {
  /** Without the dashes. */
  readonly name: string;
  readonly char: string | undefined;
  readonly description: string;
  readonly value: FlagValue;
}

/** none: a switch. list: some of the words, with commas in between. */
export type FlagValue =
  | { readonly kind: 'none' | 'file' | 'folder' | 'text' }
  | { readonly kind: 'word' | 'list'; readonly words: readonly string[] };

type Command = Config['commands'][number];
type Flag = Command['flags'][string];

const HELP: CompletionFlag = { name: 'help', char: undefined, description: 'show help', value: { kind: 'none' } };

/** Hidden commands and flags are not in it. */
export function completionModel(config: Pick<Config, 'bin' | 'commands' | 'topics'>): CompletionModel {
  const commands = config.commands.filter(({ hidden }) => !hidden).map(commandOf);
  commands.sort((a, b) => (a.name < b.name ? -1 : 1));
  const summaries = new Map(config.topics.map(({ name, description = '' }) => [name, description]));
  const first = new Set(commands.map(({ name }) => name.split(' ')[0] as string));
  const topics = [...first].map((name) => ({
    name,
    summary: summaries.get(name) ?? commands.find((command) => command.name === name)?.summary ?? '',
  }));
  return { bin: config.bin, topics, commands };
}

/** Commands of a topic: their second words. */
export function verbsOf({ commands }: CompletionModel, topic: string): { name: string; summary: string }[] {
  return commands
    .filter(({ name }) => name.startsWith(`${topic} `))
    .map(({ name, summary }) => ({ name: name.slice(topic.length + 1), summary }));
}

function commandOf({ id, summary = '', flags, args }: Command): CompletionCommand {
  const shown = Object.entries(flags).filter(([, flag]) => !flag.hidden);
  return {
    name: id.replaceAll(':', ' '),
    summary,
    flags: [...shown.map(([name, flag]) => flagOf(name, flag)), HELP],
    values: Object.values(args)[0]?.options ?? [],
  };
}

function flagOf(name: string, flag: Flag): CompletionFlag {
  return { name, char: flag.char, description: flag.description ?? '', value: flagValueOf(flag) };
}

function flagValueOf(flag: Flag): FlagValue {
  if (flag.type === 'boolean') return { kind: 'none' };
  if (flag.options) return { kind: flag.multiple ? 'list' : 'word', words: flag.options };
  if (flag.helpValue === 'FILE') return { kind: 'file' };
  return { kind: flag.helpValue === 'DIR' ? 'folder' : 'text' };
}
