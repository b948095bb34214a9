/** The template language of stacks: Liquid, without files, and strict, so that a misspelt variable is an error and not a gap. */
import { Liquid, type Template } from 'liquidjs';

const MAX_TEMPLATE_BYTES = 1024 * 1024;
const MAX_RENDER_MS = 2_000;
const MAX_MEMORY = 16 * 1024 * 1024;

export function createTemplateEngine(): Liquid {
  return new Liquid({
    strictFilters: true,
    strictVariables: true,
    ownPropertyOnly: true,
    parseLimit: MAX_TEMPLATE_BYTES,
    renderLimit: MAX_RENDER_MS,
    memoryLimit: MAX_MEMORY,
    // None, instead of those on the disk: a template cannot include a file.
    templates: {},
  });
}

export interface TemplateProblem {
  /** In the template, from 1. */
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/** What keeps a text from being parsed; undefined if nothing does. */
export function templateProblem(engine: Liquid, text: string): TemplateProblem | undefined {
  try {
    const templates: Template[] = engine.parse(text);
    return void templates;
  } catch (error) {
    const { token, message } = error as Error & { readonly token?: { getPosition(): [number, number] } };
    const [line, column] = token?.getPosition() ?? [1, 1];
    // The library adds the position and an excerpt; both are told apart from the message here.
    const [first = message] = message.split(/, line:\d+|\n/);
    return { line, column, message: `template: ${first}` };
  }
}
