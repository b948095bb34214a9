/** A line in a file that belongs to somebody else. */
import { ENSURE, TARGET_PATH, textOf } from './common.ts';
import type { ResourceType } from './resource-type.ts';

/** Longer expressions are programs; those belong into a template. */
const MAX_MATCH = 500;

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
};
