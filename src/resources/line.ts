/** A line in a file that belongs to somebody else. */
import { ENSURE, isTemplated, nounOf, optionalText, TARGET_PATH, textOf } from './common.ts';
import type { ResourceHost } from './resource-host.ts';
import type { ResourceType, Spec } from './resource-type.ts';

/** Longer expressions are programs; those belong into a template. */
const MAX_MATCH = 500;

/** Longer ones are left alone: an expression may take longer for each character than for all before it. */
const MAX_MATCHED_LINE = 1_000;

/** A file that is no text would not be the same again behind reading and writing. */
function decode(bytes: Uint8Array, path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Error(`${path} is not UTF-8`);
  }
}

/** A rendered one was not known when the stacks were checked. Throws if it is more than one: it would never be found again. */
function lineOf(spec: Spec): string {
  const line = textOf(spec.line);
  if (line.includes('\n')) throw new Error('"line": one line only; use one resource for each');
  return line;
}

/** Undefined if there is no file. Throws for what is no file, also for a link to one: the link would not outlive the change. */
async function linesOf(spec: Spec, host: ResourceHost): Promise<string[] | undefined> {
  const path = textOf(spec.target_path);
  const facts = await host.facts(path);
  if (!facts) return undefined;
  if (facts.kind !== 'file') throw new Error(`${path} is ${nounOf(facts)}, should be a file`);
  const text = decode(await host.read(path), path);
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

export const line: ResourceType = {
  name: 'line',
  summary: 'a line in a file',
  attributes: {
    target_path: TARGET_PATH,
    ensure: ENSURE,
    line: { kind: 'text', summary: 'the line, without its end', required: true },
    match: {
      kind: 'text',
      summary: 'a regular expression: the first line that it matches is replaced, else the line is added',
    },
  },
  validate(spec) {
    if (textOf(spec.line).includes('\n'))
      return { attribute: 'line', message: 'one line only; use one resource for each' };
    const match = textOf(spec.match);
    // Rendered, it is another: the agent finds out.
    if (isTemplated(match)) return undefined;
    if (match.length > MAX_MATCH) return { attribute: 'match', message: `longer than ${MAX_MATCH} characters` };
    try {
      new RegExp(match, 'u');
      return undefined;
    } catch {
      return { attribute: 'match', message: 'no regular expression' };
    }
  },
  identify: (spec) => `${textOf(spec.target_path)} ${textOf(spec.match) || textOf(spec.line)}`,
  async inspect(spec, host) {
    const lines = await linesOf(spec, host);
    const there = lines?.includes(lineOf(spec)) ?? false;
    if (spec.ensure === 'absent') return there ? 'the line is there, should be absent' : undefined;
    if (!lines) return 'the file is not there';
    return there ? undefined : 'the line is not there';
  },
  async apply(spec, host) {
    const lines = (await linesOf(spec, host)) ?? [];
    const line = lineOf(spec);
    const expression = optionalText(spec.match);
    let changed = lines.filter((one) => one !== line);
    if (spec.ensure !== 'absent') {
      const match = expression === undefined ? undefined : new RegExp(expression, 'u');
      const place = match ? changed.findIndex((one) => one.length <= MAX_MATCHED_LINE && match.test(one)) : -1;
      changed = place < 0 ? [...changed, line] : changed.toSpliced(place, 1, line);
    }
    await host.write(textOf(spec.target_path), new TextEncoder().encode(changed.map((one) => `${one}\n`).join('')));
  },
};
