/** Who gets what: files under roles/, and envoys.vgo. */
import { isMap, isSeq, type Node } from 'yaml';
import { messageOf } from '../../fleet/errors.ts';
import { compilePattern } from '../../fleet/patterns.ts';
import type { EnvoyRule, Role } from '../stacks.ts';
import { isName, NAME_RULE } from './check-configcrate.ts';
import { type Field, fieldsOf, jsonIn, refuseUnknown, type SourceFile, textIn, textsIn } from './source-file.ts';

/** Names that may be referred to. */
export type Known = ReadonlyMap<string, unknown>;

function references(file: SourceFile, field: Field | undefined, kind: string, known: Known): string[] {
  if (!field) return [];
  const seen = new Set<string>();
  for (const { text, node } of textsIn(file, field)) {
    if (!known.has(text)) file.fail(`there is no ${kind} "${text}"`, node);
    else if (seen.has(text)) file.fail(`${kind} "${text}" is there twice`, node);
    seen.add(text);
  }
  return [...seen];
}

export function checkRole(
  file: SourceFile,
  configcrates: Known,
  roles: Map<string, Role & { readonly path: string }>,
): void {
  if (!file.root) return;
  const fields = fieldsOf(file, file.root);
  refuseUnknown(file, fields, ['role', 'configcrates']);
  const find = (name: string) => fields.find((field) => field.name === name);
  const nameField = find('role');
  if (!nameField) file.fail('expected "role": the name of the role', file.root);
  if (!find('configcrates')) file.fail('expected "configcrates": a list', file.root);
  const crates = references(file, find('configcrates'), 'configcrate', configcrates);
  const name = nameField && textIn(file, nameField);
  if (name === undefined) return;
  if (!isName(name)) file.fail(`"role": a name has ${NAME_RULE}`, nameField?.value);
  const other = roles.get(name);
  if (other) file.fail(`role "${name}" is in ${other.path} already`, nameField?.value);
  else roles.set(name, { name, configcrates: crates, path: file.path });
}

export function checkRules(file: SourceFile, configcrates: Known, roles: Known): EnvoyRule[] {
  if (!file.root) return [];
  const fields = fieldsOf(file, file.root);
  refuseUnknown(file, fields, ['envoys']);
  const list = fields.find(({ name }) => name === 'envoys');
  if (!list || !isSeq(list.value)) {
    file.fail('expected "envoys": a list of rules', list?.value ?? list?.key ?? file.root);
    return [];
  }
  return (list.value.items as Node[]).flatMap((node) => checkRule(file, node, configcrates, roles) ?? []);
}

function checkRule(file: SourceFile, node: Node, configcrates: Known, roles: Known): EnvoyRule | undefined {
  if (!isMap(node)) {
    file.fail('expected a mapping with "match" and what these envoys get', node);
    return undefined;
  }
  const fields = fieldsOf(file, node);
  const find = (name: string) => fields.find((field) => field.name === name);
  refuseUnknown(file, fields, ['match', 'environment', 'roles', 'configcrates', 'vars']);
  const matchField = find('match');
  if (!matchField) file.fail('expected "match": a pattern over host names, such as "*.dc1.*"', node);
  const match = matchField && textIn(file, matchField);
  if (match !== undefined) {
    try {
      compilePattern(match);
    } catch (error) {
      file.fail(`"match": ${messageOf(error)}`, matchField?.value);
    }
  }
  const environmentField = find('environment');
  const varsField = find('vars');
  if (varsField && !isMap(varsField.value)) file.fail('"vars": expected a mapping', varsField.value ?? varsField.key);
  const vars = varsField && isMap(varsField.value) ? jsonIn(file, 'vars', varsField.value) : {};
  return {
    match: match ?? '',
    environment: (environmentField && textIn(file, environmentField)) ?? '',
    roles: references(file, find('roles'), 'role', roles),
    configcrates: references(file, find('configcrates'), 'configcrate', configcrates),
    vars: vars as EnvoyRule['vars'],
  };
}
