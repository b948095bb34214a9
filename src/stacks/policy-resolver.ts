/**
 * From a tree to what one envoy should be like: the first rule that matches its host name, the configcrates of that rule in order
 * of their dependencies, templates rendered with its traits.
 *
 * What does not depend on the envoy is worked out once for each rule; a text without template marks is never rendered.
 */
import { createHash } from 'node:crypto';
import type { Liquid, Template } from 'liquidjs';
import { messageOf } from '../fleet/errors.ts';
import { compilePattern } from '../fleet/patterns.ts';
import { isTemplated } from '../resources/common.ts';
import type { ResourceType, Spec } from '../resources/resource-type.ts';
import { orderResources } from './order-resources.ts';
import type { EnvoyRule, Stacks, StacksResource } from './stacks.ts';
import type { StacksFiles } from './stacks-files.ts';
import { createTemplateEngine } from './templates.ts';

/** What a policy depends on beside the tree. */
export interface EnvoyFacts {
  readonly hostname: string;
  /** As the agent reported them. */
  readonly traits: Readonly<Record<string, unknown>>;
}

export interface PolicyResource {
  readonly id: string;
  readonly type: string;
  /** Rendered. A template has become `content`, a source `content_sha256`. */
  readonly spec: Spec;
  readonly dependsOn: readonly string[];
  readonly notify: readonly string[];
}

export interface PolicyFile {
  /** Lower-case hex. */
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
}

export interface Policy {
  readonly environment: string;
  /** Everything behind what it depends on. */
  readonly resources: readonly PolicyResource[];
  /** Contents that resources name by digest. */
  readonly files: readonly PolicyFile[];
  /** Why there is no policy for this envoy; empty if there is one. */
  readonly error: string;
}

export interface PolicyResolver {
  resolve(envoy: EnvoyFacts): Policy;
  /** Equal for two envoys only if their policies are equal: by it, policies can be kept. */
  fingerprint(envoy: EnvoyFacts): string;
  /** Content of a file under `files/`, by lower-case hex SHA-256. */
  fileByDigest(sha256: string): Uint8Array | undefined;
}

/** A value with its templates parsed: constants stay as they are. */
type Prepared = (scope: object) => unknown;

interface PreparedResource extends Omit<PolicyResource, 'spec'> {
  readonly constant: Spec;
  readonly rendered: readonly (readonly [attribute: string, render: Prepared])[];
}

interface PreparedRule {
  readonly matches: (hostname: string) => boolean;
  readonly rule: EnvoyRule;
  /** What is wrong with the rule for every envoy; empty if nothing is. */
  readonly error: string;
  readonly resources: readonly PreparedResource[];
  readonly files: readonly PolicyFile[];
  /** Some text of it is rendered. */
  readonly hasTemplates: boolean;
}

const EMPTY: Policy = { environment: '', resources: [], files: [], error: '' };

/** `stacks` must have been found right by `checkStacks` with the same files and types. */
export function createPolicyResolver(
  stacks: Stacks,
  files: StacksFiles,
  types: ReadonlyMap<string, ResourceType>,
): PolicyResolver {
  const sources = new Map<string, Uint8Array>();
  const context: PrepareContext = { engine: createTemplateEngine(), stacks, files, types, sources };
  const rules = stacks.rules.map((rule) => prepareRule(context, rule));
  const ruleFor = (hostname: string) => rules.findIndex(({ matches }) => matches(hostname));

  return {
    resolve({ hostname, traits }) {
      const prepared = rules[ruleFor(hostname)];
      if (!prepared) return EMPTY;
      const { rule, resources, files: named, error } = prepared;
      const { environment, vars } = rule;
      if (error) return { ...EMPTY, environment, error };
      const scope = { vars, environment, traits: { ...traits, hostname } };
      try {
        return {
          environment,
          resources: resources.map((resource) => render(resource, scope)),
          files: named,
          error: '',
        };
      } catch (failure) {
        return { ...EMPTY, environment, error: messageOf(failure) };
      }
    },
    fingerprint({ hostname, traits }) {
      const index = ruleFor(hostname);
      if (!rules[index]?.hasTemplates) return `${index}`;
      const facts = JSON.stringify([hostname, traits], sortedKeys);
      return `${index} ${createHash('sha256').update(facts).digest('base64')}`;
    },
    fileByDigest: (sha256) => sources.get(sha256),
  };
}

interface PrepareContext {
  readonly engine: Liquid;
  readonly stacks: Stacks;
  readonly files: StacksFiles;
  readonly types: ReadonlyMap<string, ResourceType>;
  /** Filled while rules are prepared. */
  readonly sources: Map<string, Uint8Array>;
}

function prepareRule(context: PrepareContext, rule: EnvoyRule): PreparedRule {
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
    return { matches, rule, error, resources: [], files: [], hasTemplates: false };
  }
  const files = new Map<string, PolicyFile>();
  const resources = ordered.map((resource) => prepareResource(context, resource, files));
  const hasTemplates = resources.some(({ rendered }) => rendered.length > 0);
  return { matches, rule, error: '', resources, files: [...files.values()], hasTemplates };
}

function prepareResource(
  { engine, files, types, sources }: PrepareContext,
  { id, type, spec, dependsOn, notify }: StacksResource,
  named: Map<string, PolicyFile>,
): PreparedResource {
  const constant: Record<string, unknown> = {};
  const rendered: [string, Prepared][] = [];
  const attributes = types.get(type)?.attributes ?? {};
  const add = (name: string, value: unknown) => {
    const prepared = prepare(engine, value);
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

/** Undefined for what is the same for every envoy. */
function prepare(engine: Liquid, value: unknown): Prepared | undefined {
  if (typeof value === 'string') {
    if (!isTemplated(value)) return undefined;
    const templates: Template[] = engine.parse(value);
    return (scope) => engine.renderSync(templates, scope);
  }
  if (Array.isArray(value)) {
    const parts = value.map((part) => prepare(engine, part));
    return parts.some(Boolean) ? (scope) => value.map((part, i) => parts[i]?.(scope) ?? part) : undefined;
  }
  if (typeof value === 'object' && value !== null) {
    const parts = Object.entries(value).map(([key, part]) => [key, part, prepare(engine, part)] as const);
    if (!parts.some(([, , prepared]) => prepared)) return undefined;
    return (scope) => Object.fromEntries(parts.map(([key, part, prepared]) => [key, prepared?.(scope) ?? part]));
  }
  return undefined;
}

function render({ constant, rendered, ...resource }: PreparedResource, scope: object): PolicyResource {
  const spec: Record<string, unknown> = { ...constant };
  for (const [name, template] of rendered) {
    try {
      spec[name] = template(scope);
    } catch (error) {
      const [first] = messageOf(error).split('\n');
      throw new Error(`${resource.id}: "${name}": ${first}`, { cause: error });
    }
  }
  return { ...resource, spec };
}

/** For `JSON.stringify`: the same object gives the same text, whatever order its keys were set in. */
function sortedKeys(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}
