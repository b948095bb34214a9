/**
 * Which facts of an envoy templates may read, found out from the templates themselves, so that two machines that differ in nothing
 * that is read can share what was made of them.
 *
 * Whatever is not understood for certain counts as "all": a name that is only known when it is rendered, a filter that evaluates
 * an expression in a text, a tag that renders something else. Every mention of `traits` counts, also where another variable of that
 * name may hide it.
 */
import { type Expression, type Template, TypeGuards, type Value, type ValueToken } from 'liquidjs';

/** Names below `traits`; empty: all of them. */
type Path = readonly string[];

export interface TraitReads {
  /** A text that is equal for two envoys only if everything that is read of their facts is equal, to the order of keys. */
  imageOf(facts: Readonly<Record<string, unknown>>): string;
}

type Argument = Value | ValueToken;

/** Tags that read nothing but their arguments and what is inside them. */
const PLAIN_TAGS = new Set([
  ...[
    'assign',
    'break',
    'capture',
    'case',
    'comment',
    'continue',
    'cycle',
    'decrement',
    'echo',
    'for',
    'if',
    'increment',
  ],
  ...['liquid', 'raw', 'tablerow', 'unless', '#'],
]);
/** Properties that are worked out from all that a value has. */
const OF_THE_WHOLE = new Set(['size', 'first', 'last']);

const { isHTMLToken, isOutputToken, isTagToken, isPropertyAccessToken, isRangeToken, isFilteredValueToken } =
  TypeGuards;
const { isQuotedToken, isWordToken, isNumberToken, isLiteralToken, isOperatorToken } = TypeGuards;

/** `templates` of all texts that are rendered together. */
export function traitReadsOf(templates: readonly Template[]): TraitReads {
  const paths = shortest([...readsOf(templates)]);
  return {
    imageOf: (facts) => JSON.stringify(paths.map((path) => follow(facts, path))),
  };
}

/** Where a path ends, and what is there: also where it breaks off is what a template may tell, in an error for example. */
function follow(facts: unknown, path: Path): [depth: number, value?: unknown] {
  let value = facts;
  for (const [depth, name] of path.entries()) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return [depth, value];
    if (!Object.hasOwn(value, name)) return [depth];
    value = (value as Record<string, unknown>)[name];
  }
  return [path.length, value];
}

/** Sorted, without those that lie below others. */
function shortest(paths: readonly Path[]): Path[] {
  const byName = new Map(paths.map((path) => [JSON.stringify(path), path]));
  const covered = (path: Path) => path.some((_, length) => byName.has(JSON.stringify(path.slice(0, length))));
  return [...byName.keys()].sort().flatMap((name) => {
    const path = byName.get(name) as Path;
    return covered(path) ? [] : [path];
  });
}

function* readsOf(templates: readonly Template[]): Generator<Path> {
  for (const template of templates) {
    const { token } = template;
    if (isHTMLToken(token)) continue;
    if (!isOutputToken(token) && !(isTagToken(token) && PLAIN_TAGS.has(token.name))) {
      yield [];
      continue;
    }
    for (const argument of template.arguments?.() ?? []) yield* readsOfArgument(argument);
    // What the generator yields are files to be read, of which these tags have none.
    const children = template.children?.(false, true).next();
    if (children?.done === false) yield [];
    else if (children?.done) yield* readsOf(children.value);
  }
}

function* readsOfArgument(argument: Argument): Generator<Path> {
  if ('initial' in argument) yield* readsOfValue(argument);
  else yield* readsOfToken(argument);
}

interface Filtered {
  readonly initial: Expression;
  readonly filters: readonly { readonly name: string; readonly args: readonly unknown[] }[];
}

function* readsOfValue({ initial, filters }: Filtered): Generator<Path> {
  for (const token of initial.postfix) if (!isOperatorToken(token)) yield* readsOfToken(token);
  for (const { name, args } of filters) {
    if (name.endsWith('_exp')) yield [];
    // By position, or by name.
    for (const arg of args) yield* readsOfToken(Array.isArray(arg) ? arg[1] : arg);
  }
}

function* readsOfToken(token: unknown): Generator<Path> {
  if (
    token === undefined ||
    isQuotedToken(token) ||
    isNumberToken(token) ||
    isLiteralToken(token) ||
    isWordToken(token)
  )
    return;
  if (isRangeToken(token)) {
    yield* readsOfToken(token.lhs);
    yield* readsOfToken(token.rhs);
  } else if (isFilteredValueToken(token)) {
    yield* readsOfValue(token);
  } else if (isPropertyAccessToken(token)) {
    for (const prop of token.props) yield* readsOfToken(prop);
    if (token.variable) yield* readsOfToken(token.variable);
    else yield* pathOf(token.props);
  } else {
    yield [];
  }
}

/** Of `traits.a["b"][c]`: a, b. */
function* pathOf([root, ...props]: readonly unknown[]): Generator<Path> {
  if (!isWordToken(root) && !isQuotedToken(root)) return yield [];
  if (root.content !== 'traits') return;
  const path: string[] = [];
  for (const prop of props) {
    if (!isWordToken(prop) && !isQuotedToken(prop)) break;
    if (OF_THE_WHOLE.has(prop.content)) break;
    path.push(prop.content);
  }
  yield path;
}
