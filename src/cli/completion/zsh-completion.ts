/** Completion for zsh: `_describe` for commands, `_arguments` for their flags. */
import { type CompletionCommand, type CompletionFlag, type CompletionModel, verbsOf } from './completion-model.ts';

export function zshCompletion(model: CompletionModel): string {
  const { bin, topics, commands } = model;
  const named = (entries: readonly { name: string; summary: string }[]) =>
    entries.map(({ name, summary }) => quoted(`${name}:${summary}`)).join(' ');
  const cases = topics.flatMap(({ name }) => {
    const own = commands.find((command) => command.name === name);
    if (own) return [`    ${name})\n${argumentsOf(own, 1)}\n      ;;`];
    const verbs = commands.filter((command) => command.name.startsWith(`${name} `));
    return [
      `    ${name})
      if (( CURRENT == 3 )); then
        names=(${named(verbsOf(model, name))})
        _describe -t commands command names
        return
      fi
      case $words[3] in
${verbs.map((command) => `        ${command.name.split(' ')[1]})\n${argumentsOf(command, 2)}\n          ;;`).join('\n')}
      esac
      ;;`,
    ];
  });
  return `#compdef ${bin}
# zsh completion for ${bin}; made by "${bin} completion zsh".
#
#   ${bin} completion zsh >"\${fpath[1]}/_${bin}"      # and start a new shell

_${bin}() {
  local curcontext=$curcontext state line
  local -a names
  typeset -A opt_args
  if (( CURRENT == 2 )); then
    names=(${named(topics)})
    _describe -t commands command names
    return
  fi
  case $words[2] in
${cases.join('\n')}
  esac
}

# Loaded by name from fpath it is called at once; sourced, it makes itself known.
if [[ $funcstack[1] == _${bin} ]]; then _${bin} "$@"; else compdef _${bin} ${bin}; fi
`;
}

/** The command's name, of so many words, is taken off, so that the flags come first. */
function argumentsOf({ flags, values }: CompletionCommand, nameWords: number): string {
  const rest = values.length > 0 ? `'1:value:(${values.join(' ')})'` : `'*:argument:_default'`;
  const specs = [...flags.map(specOf), rest];
  return `      words=("\${(@)words[${nameWords + 1},-1]}")
      (( CURRENT -= ${nameWords} ))
      _arguments -s \\
        ${specs.join(' \\\n        ')}`;
}

function specOf({ name, char, description, value }: CompletionFlag): string {
  const text = `[${description.replace(/[[\]\\:]/g, '\\$&')}]`;
  const names = char ? `'(-${char} --${name})'{-${char},--${name}=}` : `--${name}${value.kind === 'none' ? '' : '='}`;
  const of = (action: string) => quoted(`${text}:value:${action}`);
  const spec = (() => {
    switch (value.kind) {
      case 'none':
        return quoted(text);
      case 'word':
        return of(`(${value.words.join(' ')})`);
      case 'list':
        return of(`_sequence compadd - ${value.words.join(' ')}`);
      case 'file':
        return of('_files');
      case 'folder':
        return of('_files -/');
      case 'text':
        return of(' ');
    }
  })();
  return (char && value.kind === 'none' ? names.replace('=}', '}') : names) + spec;
}

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
