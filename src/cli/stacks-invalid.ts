/** A tree with mistakes: the failure of a command that was given one. */
import { VigoError } from '../fleet/errors.ts';
import type { StacksProblem } from '../stacks/stacks-files.ts';

export class StacksInvalid extends VigoError {
  readonly problems: readonly StacksProblem[];

  /** `where`: the tree; `consequence`: what follows, for the message. */
  constructor(where: string, problems: readonly StacksProblem[], consequence: string) {
    const count = problems.length === 1 ? 'one problem' : `${problems.length} problems`;
    super('STACKS_INVALID', `${count} in ${where}: ${consequence}`);
    this.problems = problems;
  }
}

/** One of them in JSON output; also for those that came over the wire with more in them. */
export function problemJson({ file, line, column, message, snippet }: StacksProblem): StacksProblem {
  return { file, line, column, message, snippet };
}
