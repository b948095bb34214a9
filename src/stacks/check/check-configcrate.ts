/** One file under configcrates/. */
import type { Liquid } from 'liquidjs';
import { isMap, isSeq, type Node, type YAMLMap } from 'yaml';
import type { ResourceType, Spec } from '../../resources/resource-type.ts';
import type { StacksFiles } from '../stacks-files.ts';
import { checkAttributes } from './check-attributes.ts';
import { type Field, fieldsOf, type Item, refuseUnknown, type SourceFile, textIn, textsIn } from './source-file.ts';

/** A resource as far as its own file tells. */
export interface DraftResource {
  /** In its configcrate. */
  readonly name: string;
  readonly type: string;
  readonly spec: Spec;
  readonly dependsOn: readonly Item[];
  readonly notify: readonly Item[];
  readonly node: Node;
  /** Type and what it is about: the same in two resources of one crate is a contradiction. */
  readonly target: string;
}

export interface DraftConfigcrate {
  readonly name: string;
  readonly node: Node;
  readonly file: SourceFile;
  readonly resources: readonly DraftResource[];
}

export interface ConfigcrateContext {
  readonly files: StacksFiles;
  readonly types: ReadonlyMap<string, ResourceType>;
  readonly engine: Liquid;
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;
export const NAME_RULE = 'letters, digits, ".", "_" and "-", beginning with a letter or digit';
export const isName = (text: string): boolean => NAME.test(text);

/** Bytes. With the name of its configcrate in front it stays below what servers take for the name of a resource. */
const MAX_DERIVED_NAME = 256;
const RESOURCE_KEYS = ['name', 'type', 'depends_on', 'notify'] as const;

export function checkConfigcrate(context: ConfigcrateContext, file: SourceFile): DraftConfigcrate | undefined {
  if (!file.root) return undefined;
  const fields = fieldsOf(file, file.root);
  refuseUnknown(file, fields, ['configcrate', 'resources']);
  const nameField = fields.find(({ name }) => name === 'configcrate');
  if (!nameField) file.fail('expected "configcrate": the name of the crate', file.root);
  const name = nameField && textIn(file, nameField);
  if (name !== undefined && !isName(name)) file.fail(`"configcrate": a name has ${NAME_RULE}`, nameField?.value);
  const list = fields.find((field) => field.name === 'resources');
  if (!list || !isSeq(list.value)) {
    file.fail('expected "resources": a list', list?.value ?? list?.key ?? file.root);
    return undefined;
  }
  const resources = (list.value.items as Node[]).flatMap((node) => {
    if (isMap(node)) return checkResource(context, file, node) ?? [];
    file.fail('expected a mapping with "type" and its attributes', node);
    return [];
  });
  return name === undefined ? undefined : { name, node: nameField?.value as Node, file, resources };
}

function checkResource(context: ConfigcrateContext, file: SourceFile, node: YAMLMap): DraftResource | undefined {
  const fields = fieldsOf(file, node);
  const find = (name: string): Field | undefined => fields.find((field) => field.name === name);
  const typeField = find('type');
  if (!typeField) file.fail(`expected "type": one of ${[...context.types.keys()].join(', ')}`, node);
  const typeName = typeField && textIn(file, typeField);
  const type = typeName === undefined ? undefined : context.types.get(typeName);
  if (typeName !== undefined && !type) {
    file.fail(`unknown type "${typeName}"; known are ${[...context.types.keys()].join(', ')}`, typeField?.value);
  }
  if (!type) return undefined;
  refuseUnknown(file, fields, [...RESOURCE_KEYS, ...Object.keys(type.attributes)]);
  const spec = checkAttributes({ ...context, file, type }, fields, node);
  const nameField = find('name');
  const given = nameField && textIn(file, nameField);
  if (given !== undefined && !isName(given)) file.fail(`"name": a name has ${NAME_RULE}`, nameField?.value);
  const items = (name: string) => {
    const field = find(name);
    return field ? textsIn(file, field) : [];
  };
  const about = type.identify(spec);
  if (given === undefined && !nameField && (Buffer.byteLength(about) > MAX_DERIVED_NAME || /\p{Cc}/u.test(about)))
    file.fail(
      'it would be called after what it is about, which is too long or has several lines: give it a "name"',
      node,
    );
  return {
    name: given ?? about,
    type: type.name,
    spec,
    dependsOn: items('depends_on'),
    notify: items('notify'),
    node,
    target: `${type.name} ${about}`,
  };
}
