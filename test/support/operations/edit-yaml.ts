/** A YAML block of the page put into a file as an operator does it with an editor. */
import { isMap, isSeq, parseDocument, type YAMLMap, type YAMLSeq } from 'yaml';

/** Keys of `block` go into `file`, maps into maps; an entry of a list takes the place of the one with its id, or comes last. */
export function editYaml(file: string, block: string): string {
  const [into, from] = [parseDocument(file), parseDocument(block)];
  for (const { errors } of [into, from]) if (errors[0]) throw errors[0];
  if (!isMap(into.contents) || !isMap(from.contents)) throw new Error(`not a map:\n${block}`);
  mergeMap(into.contents as YAMLMap, from.contents as YAMLMap);
  // Every entry of a list stays on its line.
  return into.toString({ lineWidth: 0 });
}

function mergeMap(into: YAMLMap, from: YAMLMap): void {
  for (const { key, value } of from.items) {
    const there = into.get(key, true);
    if (isMap(there) && isMap(value)) mergeMap(there as YAMLMap, value as YAMLMap);
    else if (isSeq(there) && isSeq(value)) mergeList(there as YAMLSeq, value as YAMLSeq);
    else into.set(key, value);
  }
}

function mergeList(into: YAMLSeq, from: YAMLSeq): void {
  for (const item of from.items) {
    const id = isMap(item) ? item.get('id') : undefined;
    const at = into.items.findIndex((other) => id !== undefined && isMap(other) && other.get('id') === id);
    if (at < 0) into.add(item);
    else into.items[at] = item;
  }
}
