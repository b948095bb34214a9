/** A line in a file that belongs to somebody else. */
import { ENSURE, optionalText, TARGET_PATH, textOf } from './common.ts';
import type { ResourceHost } from './resource-host.ts';
import type { ResourceType, Spec } from './resource-type.ts';

/** Longer expressions are programs; those belong into a template. */
const MAX_MATCH = 500;

/** Longer ones are left alone: an expression may take longer for each character than for all before it. */
const MAX_MATCHED_LINE = 1_000;

/** Undefined if there is no file. */
async function linesOf(spec: Spec, host: ResourceHost): Promise<string[] | undefined> {
  const path = textOf(spec.target_path);
  if (!(await host.facts(path))) return undefined;
  const text = new TextDecoder('utf-8', { fatal: true }).decode(await host.read(path));
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
    const there = lines?.includes(textOf(spec.line)) ?? false;
    if (spec.ensure === 'absent') return there ? 'the line is there, should be absent' : undefined;
    if (!lines) return 'the file is not there';
    return there ? undefined : 'the line is not there';
  },
  async apply(spec, host) {
    const lines = (await linesOf(spec, host)) ?? [];
    const line = textOf(spec.line);
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
