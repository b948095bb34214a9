/** Completion for fish: a line for each thing that can be typed, with the place where it can be. */
import { type CompletionFlag, type CompletionModel, verbsOf } from './completion-model.ts';

export function fishCompletion(model: CompletionModel): string {
  const { bin, topics, commands } = model;
  const at = (place: string, rest: string) => `complete -c ${bin} -n '__${bin}_at ${place}' ${rest}`;
  const lines = [
    ...topics.map(({ name, summary }) => at('', `-f -a ${name} -d ${quoted(summary)}`)),
    ...topics.flatMap(({ name }) =>
      verbsOf(model, name).map((verb) => at(name, `-f -a ${verb.name} -d ${quoted(verb.summary)}`)),
    ),
    ...commands.flatMap(({ name, flags, values }) => [
      ...(values.length > 0 ? [at(name, `-f -a ${quoted(values.join(' '))}`)] : []),
      ...flags.map((flag) => `complete -c ${bin} -n '__${bin}_in ${name}' ${flagOf(flag)}`),
    ]),
  ];
  return `# fish completion for ${bin}; made by "${bin} completion fish".
#
#   ${bin} completion fish >~/.config/fish/completions/${bin}.fish

# The words before this one, up to the first flag.
function __${bin}_words
    for word in (commandline -opc)[2..-1]
        string match -q -- '-*' $word; and break
        echo $word
    end
end

# Exactly these words have been typed.
function __${bin}_at
    test "$(__${bin}_words | string join ' ')" = "$argv"
end

# These words, and perhaps arguments.
function __${bin}_in
    set -l words (__${bin}_words)
    set -l length (count $argv)
    test "$words[1..$length]" = "$argv"
end

complete -c ${bin} -f
${lines.join('\n')}
`;
}

function flagOf({ name, char, description, value }: CompletionFlag): string {
  const names = `${char ? `-s ${char} ` : ''}-l ${name}`;
  const how = (() => {
    switch (value.kind) {
      case 'none':
        return '';
      case 'word':
      case 'list':
        return ` -x -a ${quoted(value.words.join(' '))}`;
      case 'file':
      case 'folder':
        return ' -r -F';
      case 'text':
        return ' -x';
    }
  })();
  return `${names}${how} -d ${quoted(description)}`;
}

const quoted = (text: string): string => `'${text.replace(/['\\]/g, '\\$&')}'`;
