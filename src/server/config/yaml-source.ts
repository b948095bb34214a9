/** A YAML text that still knows on which line each of its values stands. */
import { isMap, isNode, isPair, LineCounter, parseAllDocuments, visit } from 'yaml';

export interface YamlSource {
  /** The plain value; keys without a value are left out, so that `file:` means the same as no such line. */
  readonly value: unknown;
  /** Line of the value at `path`, or of the nearest parent that is there. Counts from 1. */
  lineOf(path: readonly PropertyKey[]): number | undefined;
}

/** Something that is wrong with the text. */
export interface YamlProblem {
  readonly line: number | undefined;
  readonly message: string;
}

// An honest file has no anchors at all; a hostile one has a billion laughs.
const MAX_ALIASES = 100;

/** The source, or what keeps it from being read. */
export function parseYaml(text: string): YamlSource | YamlProblem[] {
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  if (!Array.isArray(documents)) return { value: {}, lineOf: () => undefined };
  const [document, second] = documents;
  if (!document) return { value: {}, lineOf: () => undefined };
  const lineAt = (offset: number | undefined) => (offset === undefined ? undefined : lines.linePos(offset).line);
  if (second) return [{ line: lineAt(second.range[0]), message: 'expected one document, found a second one' }];
  const problems = [...document.errors, ...document.warnings];
  if (problems.length > 0) {
    return problems.map(({ pos, message }) => ({ line: lineAt(pos[0]), message: `not valid YAML: ${message}` }));
  }
  visit(document, {
    Pair: (_key, pair) =>
      isNode(pair.value) && 'value' in pair.value && pair.value.value === null ? visit.REMOVE : undefined,
  });
  const lineOf = (path: readonly PropertyKey[]): number | undefined => {
    for (let length = path.length; length > 0; length--) {
      const parent = length === 1 ? document.contents : document.getIn(path.slice(0, length - 1), true);
      const pair = isMap(parent) && parent.items.find(({ key }) => String(key) === String(path[length - 1]));
      // The line of the key, not of the value below it.
      if (pair && isPair(pair) && isNode(pair.key)) return lineAt(pair.key.range?.[0]);
      const node = document.getIn(path.slice(0, length), true);
      if (isNode(node)) return lineAt(node.range?.[0]);
    }
    return lineAt(document.contents?.range?.[0]);
  };
  try {
    return { value: document.toJS({ maxAliasCount: MAX_ALIASES }) ?? {}, lineOf };
  } catch (error) {
    return [{ line: undefined, message: `not valid YAML: ${error instanceof Error ? error.message : String(error)}` }];
  }
}
