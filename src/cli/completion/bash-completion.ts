/** Completion for bash, 3.2 (macOS) and newer: one function that looks things up in `case` tables. */
import { type CompletionModel, type FlagValue, verbsOf } from './completion-model.ts';

export function bashCompletion(model: CompletionModel): string {
  const { bin, topics, commands } = model;
  const words = (names: readonly string[]) => `'${names.join(' ')}'`;
  const row = (pattern: string, names: readonly string[]) => `    ${pattern}) words=${words(names)} ;;`;
  const verbs = topics.flatMap(({ name }) => {
    const found = verbsOf(model, name);
    return found.length === 0
      ? []
      : [
          row(
            name,
            found.map((verb) => verb.name),
          ),
        ];
  });
  const values = commands
    .filter((command) => command.values.length > 0)
    .map((command) => row(`'${command.name}'`, command.values));
  const flags = commands.map(({ name, flags: all }) =>
    row(
      `'${name}'`,
      all.map((flag) => `--${flag.name}`),
    ),
  );
  const known = commands.map(({ name }) => `'${name}'`).join(' | ');
  const flagValues = commands.flatMap(({ name, flags: all }) =>
    all.flatMap(({ name: flag, char, value }) => {
      const how = valueRow(value);
      return how === undefined ? [] : [`    '${name} --${flag}'${char ? ` | '${name} -${char}'` : ''}) ${how} ;;`];
    }),
  );
  return `# bash completion for ${bin}; made by "${bin} completion bash".
#
#   source <(${bin} completion bash)            # in ~/.bashrc, or once and for all:
#   ${bin} completion bash >/etc/bash_completion.d/${bin}

_${bin}() {
  local cur=\${COMP_WORDS[COMP_CWORD]} flag=\${COMP_WORDS[COMP_CWORD - 1]} command='' words='' kind='words' prefix='' i word
  COMPREPLY=()
  # "--flag=value" comes in three words.
  if [[ $cur == '=' ]]; then
    cur=''
  elif [[ $flag == '=' ]]; then
    flag=\${COMP_WORDS[COMP_CWORD - 2]}
  fi
  for ((i = 1; i < COMP_CWORD && i <= 2; i++)); do
    [[ \${COMP_WORDS[i]} == -* ]] && break
    command+="\${command:+ }\${COMP_WORDS[i]}"
    case $command in ${known}) break ;; esac
  done

  # The value of a flag.
  case "$command $flag" in
${flagValues.join('\n')}
    *) kind='' ;;
  esac
  if [[ $kind == '' && $cur == -* ]]; then
    kind='words'
    case $command in
${flags.join('\n')}
    *) words='--help --json' ;;
    esac
  elif [[ $kind == '' ]]; then
    kind='words'
    case $command in
    '') words=${words(topics.map(({ name }) => name))} ;;
${[...verbs, ...values].join('\n')}
    esac
  fi

  case $kind in
    list)
      # What stands before the last comma stays.
      [[ $cur == *,* ]] && prefix=\${cur%,*},
      while IFS= read -r word; do COMPREPLY+=("$prefix$word"); done < <(compgen -W "$words" -- "\${cur##*,}")
      ;;
    words) while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -W "$words" -- "$cur") ;;
    file | folder)
      compopt -o filenames 2>/dev/null
      [[ $kind == file ]] && kind=-f || kind=-d
      while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen "$kind" -- "$cur")
      ;;
  esac
}

complete -F _${bin} ${bin}
`;
}

/** What is done for the value of a flag; undefined if the flag takes none. */
function valueRow(value: FlagValue): string | undefined {
  switch (value.kind) {
    case 'none':
      return undefined;
    case 'word':
      return `words='${value.words.join(' ')}'`;
    case 'list':
      return `kind='list' words='${value.words.join(' ')}'`;
    default:
      return `kind='${value.kind}'`;
  }
}
