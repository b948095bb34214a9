/** A .vgo file while it is checked: YAML with positions, and the problems found in it. */
import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, type Pair, parseDocument, type YAMLMap } from 'yaml';
import { messageOf } from '../../fleet/errors.ts';
import type { StacksProblem } from '../stacks-files.ts';

/** Files are written by people; a larger one is a mistake. */
const MAX_BYTES = 1024 * 1024;
const MAX_SNIPPET = 160;

export type Report = (problem: StacksProblem) => void;

export interface Field {
  readonly name: string;
  readonly key: Node;
  readonly value: Node | null;
}

export interface SourceFile {
  readonly path: string;
  /** The document's top level, if it is a mapping. */
  readonly root: YAMLMap | undefined;
  /** Reports what is wrong at this node; without one about the file as a whole. */
  fail(message: string, at?: Node | null): void;
  /** The same at a place within a text of this node. */
  failWithin(message: string, at: Node, line: number): void;
}

export function openSourceFile(path: string, content: Uint8Array, report: Report): SourceFile {
  const whole = (message: string) => report({ file: path, line: 0, column: 0, message, snippet: '' });
  const closed: SourceFile = { path, root: undefined, fail: whole, failWithin: whole };
  if (content.length > MAX_BYTES) {
    whole(`it has ${content.length} bytes, at most ${MAX_BYTES} are read`);
    return closed;
  }
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(content);
  } catch {
    whole('it is not UTF-8');
    return closed;
  }
  const lines = text.split('\n');
  const counter = new LineCounter();
  const place = (message: string, offset: number, further = 0) => {
    const position = counter.linePos(offset);
    const line = Math.min(position.line + further, lines.length);
    const snippet = (lines[line - 1] ?? '').trimEnd().slice(0, MAX_SNIPPET);
    report({ file: path, line, column: further > 0 ? 1 : position.col, message, snippet });
  };
  const fail = (message: string, at?: Node | null) => (at?.range ? place(message, at.range[0]) : whole(message));
  const failWithin = (message: string, at: Node, line: number) => place(message, at.range?.[0] ?? 0, line);
  try {
    const document = parseDocument(text, { lineCounter: counter, prettyErrors: false, strict: true });
    for (const { message, pos } of document.errors) place(`YAML: ${message}`, pos[0]);
    const { contents } = document;
    if (document.errors.length > 0) return { ...closed, fail, failWithin };
    if (!isMap(contents)) {
      whole('expected a mapping at the top level');
      return { ...closed, fail, failWithin };
    }
    return { path, root: contents, fail, failWithin };
  } catch (error) {
    whole(`YAML: ${error instanceof RangeError ? 'it is nested too deeply' : messageOf(error)}`);
    return closed;
  }
}

/** The fields of a mapping whose keys are texts; others are reported. */
export function fieldsOf(file: SourceFile, map: YAMLMap): Field[] {
  return map.items.flatMap((pair: Pair) => {
    const key = pair.key as Node;
    if (isScalar(key) && typeof key.value === 'string' && key.value !== '<<') {
      return [{ name: key.value, key, value: pair.value as Node | null }];
    }
    file.fail('expected a plain text as key', key);
    return [];
  });
}

/** Reports fields that are not `known`. */
export function refuseUnknown(file: SourceFile, fields: readonly Field[], known: readonly string[]): void {
  for (const { name, key } of fields) {
    if (known.includes(name)) continue;
    const close = known.find((candidate) => isClose(name, candidate));
    file.fail(`unknown key "${name}"; ${close ? `did you mean "${close}"?` : `known are ${known.join(', ')}`}`, key);
  }
}

/** One letter more, less, other or swapped. */
function isClose(one: string, other: string): boolean {
  if (Math.abs(one.length - other.length) > 1) return false;
  let start = 0;
  while (start < one.length && one[start] === other[start]) start++;
  let end = 0;
  const shorter = Math.min(one.length, other.length) - start;
  while (end < shorter && one.at(-1 - end) === other.at(-1 - end)) end++;
  const [left, right] = [one.slice(start, one.length - end), other.slice(start, other.length - end)];
  return (left.length <= 1 && right.length <= 1) || (left.length === 2 && left === [...right].reverse().join(''));
}

/** A text, or undefined after a report. */
export function textIn(file: SourceFile, field: Field): string | undefined {
  const { value } = field;
  if (isScalar(value) && typeof value.value === 'string' && value.value !== '') return value.value;
  file.fail(`"${field.name}": expected a text`, value ?? field.key);
  return undefined;
}

export interface Item {
  readonly text: string;
  readonly node: Node;
}

/** A list of texts; those that are none are reported. */
export function textsIn(file: SourceFile, field: Field): Item[] {
  const { value } = field;
  if (!isSeq(value)) {
    file.fail(`"${field.name}": expected a list`, value ?? field.key);
    return [];
  }
  return (value.items as Node[]).flatMap((node) => {
    if (isScalar(node) && typeof node.value === 'string' && node.value !== '') return [{ text: node.value, node }];
    file.fail(`"${field.name}": expected a text`, node);
    return [];
  });
}

/** The value as JSON has it; undefined after a report. Anchors are not followed: a few lines could stand for gigabytes. */
export function jsonIn(file: SourceFile, name: string, node: Node | null): unknown {
  if (node === null || isAlias(node)) {
    file.fail(`"${name}": anchors and empty values are not supported`, node);
    return undefined;
  }
  if (isScalar(node)) {
    const { value } = node;
    if (value === null || ['string', 'boolean'].includes(typeof value) || Number.isFinite(value)) return value;
    file.fail(`"${name}": expected a text, a number, true, false or null`, node);
    return undefined;
  }
  if (isSeq(node)) return (node.items as Node[]).map((item) => jsonIn(file, name, item));
  if (isMap(node))
    return Object.fromEntries(fieldsOf(file, node).map((field) => [field.name, jsonIn(file, name, field.value)]));
  file.fail(`"${name}": expected a value`, node);
  return undefined;
}
