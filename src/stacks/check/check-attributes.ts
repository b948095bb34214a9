/** What people wrote for one resource, against what its type declares. */

import type { Liquid } from 'liquidjs';
import { isScalar, isSeq, type Node } from 'yaml';
import { isTemplated } from '../../resources/common.ts';
import type { Attribute, ResourceType, Spec } from '../../resources/resource-type.ts';
import type { StacksFiles } from '../stacks-files.ts';
import { templateProblem } from '../templates.ts';
import { type Field, jsonIn, type SourceFile } from './source-file.ts';

export interface AttributeContext {
  readonly file: SourceFile;
  readonly type: ResourceType;
  readonly files: StacksFiles;
  readonly engine: Liquid;
}

/** The values of all attributes that are right. `at`: where the resource begins. */
export function checkAttributes(context: AttributeContext, fields: readonly Field[], at: Node): Spec {
  const { file, type } = context;
  const spec: Record<string, unknown> = {};
  let sound = true;
  for (const field of fields) {
    const attribute = type.attributes[field.name];
    if (!attribute) continue;
    const message = problemOf(context, attribute, field);
    if (message !== undefined) {
      sound = false;
      file.fail(`"${field.name}": ${message}`, field.value ?? field.key);
      continue;
    }
    spec[field.name] = jsonIn(file, field.name, field.value);
    checkTemplates(context, field.value);
  }
  for (const [name, attribute] of Object.entries(type.attributes)) {
    if (!attribute.required || fields.some((field) => field.name === name)) continue;
    sound = false;
    file.fail(`a resource of type ${type.name} needs "${name}": ${attribute.summary}`, at);
  }
  const broken = sound ? type.validate?.(spec) : undefined;
  if (broken) {
    const field = fields.find(({ name }) => name === broken.attribute);
    file.fail(`"${broken.attribute}": ${broken.message}`, field?.value ?? at);
  }
  return spec;
}

/** Undefined if the value is of the attribute's kind. */
function problemOf({ files }: AttributeContext, attribute: Attribute, { value }: Field): string | undefined {
  const plain = isScalar(value) ? value.value : undefined;
  switch (attribute.kind) {
    case 'json':
      return undefined;
    case 'boolean':
      return typeof plain === 'boolean' ? undefined : 'expected true or false';
    case 'number':
      return Number.isSafeInteger(plain) && (plain as number) >= 0 ? undefined : 'expected a whole number from 0';
    case 'texts':
      return isSeq(value) && value.items.every((item) => isScalar(item) && typeof item.value === 'string')
        ? undefined
        : 'expected a list of texts';
    case 'mode':
      return typeof plain === 'string' && /^[0-7]{3,4}$/.test(plain)
        ? undefined
        : 'expected octal permissions in quotes, such as "0644"';
    default:
      return typeof plain === 'string' ? textProblem(files, attribute, plain) : 'expected a text';
  }
}

function textProblem(files: StacksFiles, { kind, oneOf }: Attribute, text: string): string | undefined {
  if (oneOf && !oneOf.includes(text)) return `expected one of ${oneOf.join(', ')}`;
  if (kind === 'path' && !isTemplated(text)) {
    if (!text.startsWith('/')) return 'expected an absolute path';
    if (text.split('/').includes('..')) return 'a path must not have ".." in it';
  }
  if (kind === 'template-file' || kind === 'source-file') {
    const folder = kind === 'template-file' ? 'templates' : 'files';
    if (!files.has(`${folder}/${text}`)) return `there is no file ${folder}/${text}`;
  }
  return undefined;
}

/** Texts anywhere in the value that are no template although they look like one. */
function checkTemplates(context: AttributeContext, value: Node | null): void {
  if (isSeq(value)) for (const item of value.items as Node[]) checkTemplates(context, item);
  if (!isScalar(value) || typeof value.value !== 'string' || !isTemplated(value.value)) return;
  const problem = templateProblem(context.engine, value.value);
  if (!problem) return;
  const isBlock = value.type === 'BLOCK_LITERAL' || value.type === 'BLOCK_FOLDED';
  // In a block the text begins on the line below.
  context.file.failWithin(problem.message, value, isBlock ? problem.line : 0);
}
