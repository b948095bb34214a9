/**
 * What all commands share: `--json`, errors, warnings, exit codes.
 *
 * A command returns its JSON result from `run()` and prints for people through `this.terminal` when `this.human`.
 * With `--json` stdout gets exactly one document: the result, or `{"error":{code,message,exit}}`.
 */
import { Command } from '@oclif/core/command';
import { EXIT } from '../fleet/errors.ts';
import { type Failure, toFailure } from './failure.ts';
import { renderProblems } from './render/stacks-problems.ts';
import { problemJson, StacksInvalid } from './stacks-invalid.ts';
import { createTerminal, printable, type Terminal } from './terminal.ts';

/** `T`: the JSON result; undefined from a command that has written its own document. */
export abstract class BaseCommand<T extends object | undefined = object | undefined> extends Command {
  static override enableJsonFlag = true;

  protected terminal: Terminal = createTerminal(process);

  abstract override run(): Promise<T>;

  /** Output is for people. */
  protected get human(): boolean {
    return !this.jsonEnabled();
  }

  /** A line for people; nothing with `--json`. */
  protected print(text: string): void {
    if (this.human) this.terminal.out(text);
  }

  /** A warning for people; with `--json`, warnings are part of the result. */
  protected printWarning(text: string): void {
    if (this.human) this.terminal.err(`${this.terminal.errStyle('yellow', 'warning:')} ${printable(text)}`);
  }

  /** Ends with exit code 3 although the result is printed: not all of it was reached. */
  protected markIncomplete(): void {
    process.exitCode = EXIT.incomplete;
  }

  protected override async init(): Promise<void> {
    await super.init();
    // A run that ends well leaves the exit code of its own making, also when commands run one after another.
    process.exitCode = undefined;
  }

  // The exit code is set here, not thrown on: under --json the framework would lose it.
  protected override async catch(error: unknown): Promise<void> {
    const failure = toFailure(error);
    process.exitCode = failure.exit;
    const problems = error instanceof StacksInvalid ? error.problems : undefined;
    if (this.jsonEnabled()) {
      this.logJson({ error: { ...failure, ...(problems && { problems: problems.map(problemJson) }) } });
      return;
    }
    if (problems) this.terminal.err(renderProblems(problems, this.terminal.errStyle));
    printFailure(this.terminal, failure, error);
  }

  protected override logJson(json: unknown): void {
    this.terminal.out(JSON.stringify(json, null, 2));
  }
}

/** A failure for people, on stderr: the message, then the code. */
export function printFailure(terminal: Terminal, failure: Failure, error: unknown): void {
  const style = terminal.errStyle;
  const message = failure.message.split('\n').map(printable).join('\n');
  terminal.err(`${style('red', 'Error:')} ${message}`);
  const hint = failure.code === 'USAGE' ? ' (see --help)' : '';
  terminal.err(style('dim', `code ${failure.code}${hint}`));
  // Only a fault of the program itself is worth a stack, and only to someone who looks for it.
  if (failure.code === 'INTERNAL' && process.env.DEBUG && error instanceof Error) terminal.err(String(error.stack));
}
