/** Mistakes in stacks for people: where, what, and the line with a mark under it. */
import type { StacksProblem } from '../../stacks/stacks-files.ts';
import { printable, type Style } from '../terminal.ts';

/** Longer lines are cut: nobody writes them, and a mistake is not easier to find in them. */
const MAX_LINE = 160;
const INDENT = '    ';

export function renderProblems(problems: readonly StacksProblem[], style: Style): string {
  return problems.map((problem) => renderProblem(problem, style)).join('\n');
}

/** "roles/base.vgo:3:7: no configcrate ..." and the line below. */
function renderProblem({ file, line, column, message, snippet }: StacksProblem, style: Style): string {
  const where = line > 0 ? `${file}:${line}:${column}` : file;
  const head = where ? `${style('bold', printable(where))}: ${printable(message)}` : printable(message);
  if (snippet === '') return head;
  // A tab is as wide as the terminal likes: the mark would be somewhere else.
  const shown = printable(snippet.replaceAll('\t', ' '));
  const text = shown.length > MAX_LINE ? `${shown.slice(0, MAX_LINE)}…` : shown;
  const marked = column > 0 && column <= text.length + 1;
  const mark = marked ? `\n${INDENT}${' '.repeat(column - 1)}${style('red', '^')}` : '';
  return `${head}\n${INDENT}${style('dim', text)}${mark}`;
}
