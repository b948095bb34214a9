/**
 * A rule made ready for rendering: what does not depend on the envoy is worked out here, once for all envoys of the rule; a text
 * without template marks is never rendered.
 */

import { createHash } from 'node:crypto';
import type { Liquid, Template } from 'liquidjs';
import { compilePattern } from '../fleet/patterns.ts';
import { isTemplated } from '../resources/common.ts';
import type { ResourceType, Spec } from '../resources/resource-type.ts';
import { orderResources } from './order-resources.ts';
import type { PolicyFile, PolicyResource } from './policy.ts';
import type { EnvoyRule, Stacks, StacksResource } from './stacks.ts';
import type { StacksFiles } from './stacks-files.ts';

import { type TraitReads, traitReadsOf } from './trait-reads.ts';

/** A value with its templates parsed: constants stay as they are. */
export type Prepared = (scope: object) => unknown;

export interface PreparedResource extends Omit<PolicyResource, 'spec'> {
  readonly constant: Spec;
  readonly rendered: readonly (readonly [attribute: string, render: Prepared])[];
}

export interface PreparedRule {
  readonly matches: (hostname: string) => boolean;
  readonly rule: EnvoyRule;
  /** What is wrong with the rule for every envoy; empty if nothing is. */
  readonly error: string;
  readonly resources: readonly PreparedResource[];
  readonly files: readonly PolicyFile[];
  /** Of all its templates together. */
  readonly reads: TraitReads;
}

export interface PrepareContext {
  readonly engine: Liquid;
  readonly stacks: Stacks;
  readonly files: StacksFiles;
  readonly types: ReadonlyMap<string, ResourceType>;
  /** Filled while rules are prepared. */
  readonly sources: Map<string, Uint8Array>;
}

export function prepareRule(context: PrepareContext, rule: EnvoyRule): PreparedRule {
  const { stacks } = context;
  const names = new Set([
    ...rule.roles.flatMap((role) => stacks.roles.get(role)?.configcrates ?? []),
    ...rule.configcrates,
  ]);
  const all = [...names].flatMap((name) => stacks.configcrates.get(name)?.resources ?? []);
  const { ordered, missing } = orderResources(all);
  const matches = compilePattern(rule.match);
  if (missing) {
    const error = `${missing.from} needs ${missing.id}, whose configcrate this envoy does not have`;
    return { matches, rule, error, resources: [], files: [], reads: traitReadsOf([]) };
  }
  const files = new Map<string, PolicyFile>();
  const templates: Template[] = [];
  const resources = ordered.map((resource) => prepareResource(context, resource, files, templates));
  return { matches, rule, error: '', resources, files: [...files.values()], reads: traitReadsOf(templates) };
}

function prepareResource(
  { engine, files, types, sources }: PrepareContext,
  { id, type, spec, dependsOn, notify }: StacksResource,
  named: Map<string, PolicyFile>,
  templates: Template[],
): PreparedResource {
  const constant: Record<string, unknown> = {};
  const rendered: [string, Prepared][] = [];
  const attributes = types.get(type)?.attributes ?? {};
  const add = (name: string, value: unknown) => {
    const prepared = prepare(engine, value, templates);
    if (prepared) rendered.push([name, prepared]);
    else constant[name] = value;
  };
  for (const [name, value] of Object.entries(spec)) {
    const kind = attributes[name]?.kind;
    if (kind === 'template-file') {
      add('content', new TextDecoder().decode(files.get(`templates/${String(value)}`)));
    } else if (kind === 'source-file') {
      const content = files.get(`files/${String(value)}`) ?? new Uint8Array();
      const sha256 = createHash('sha256').update(content).digest('hex');
      sources.set(sha256, content);
      named.set(sha256, { sha256, size: content.length });
      constant.content_sha256 = sha256;
    } else {
      add(name, value);
    }
  }
  return { id, type, dependsOn, notify, constant, rendered };
}

/** Undefined for what is the same for every envoy. What was parsed is added to `all`. */
function prepare(engine: Liquid, value: unknown, all: Template[]): Prepared | undefined {
  if (typeof value === 'string') {
    if (!isTemplated(value)) return undefined;
    const templates: Template[] = engine.parse(value);
    all.push(...templates);
    return (scope) => engine.renderSync(templates, scope);
  }
  if (Array.isArray(value)) {
    const parts = value.map((part) => prepare(engine, part, all));
    return parts.some(Boolean) ? (scope) => value.map((part, i) => parts[i]?.(scope) ?? part) : undefined;
  }
  if (typeof value === 'object' && value !== null) {
    const parts = Object.entries(value).map(([key, part]) => [key, part, prepare(engine, part, all)] as const);
    if (!parts.some(([, , prepared]) => prepared)) return undefined;
    return (scope) => Object.fromEntries(parts.map(([key, part, prepared]) => [key, prepared?.(scope) ?? part]));
  }
  return undefined;
}
