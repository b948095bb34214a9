/**
 * From a tree to what one envoy should be like: the first rule that matches its host name, the configcrates of that rule in order
 * of their dependencies, templates rendered with its traits.
 */
import { createHash } from 'node:crypto';
import { messageOf } from '../fleet/errors.ts';
import type { ResourceType } from '../resources/resource-type.ts';
import type { EnvoyFacts, Policy, PolicyResource } from './policy.ts';
import { type PrepareContext, type PreparedResource, prepareRule } from './prepare-rule.ts';
import type { Stacks } from './stacks.ts';
import type { StacksFiles } from './stacks-files.ts';
import { createTemplateEngine } from './templates.ts';

export interface PolicyResolver {
  resolve(envoy: EnvoyFacts): Policy;
  /** Equal for two envoys only if their policies are equal, to the last byte: by it, policies can be kept. */
  fingerprint(envoy: EnvoyFacts): string;
  /** Content of a file under `files/`, by lower-case hex SHA-256. */
  fileByDigest(sha256: string): Uint8Array | undefined;
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
      const scope = { vars, environment, traits: factsOf({ hostname, traits }) };
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
    fingerprint(envoy) {
      const index = ruleFor(envoy.hostname);
      const read = rules[index]?.reads.imageOf(factsOf(envoy)) ?? '';
      return `${index} ${createHash('sha256').update(read).digest('base64')}`;
    },
    fileByDigest: (sha256) => sources.get(sha256),
  };
}

/** What templates know as `traits`. As JSON says it, so that nothing can be read that is not seen in its text. */
function factsOf({ hostname, traits }: EnvoyFacts): Readonly<Record<string, unknown>> {
  return JSON.parse(JSON.stringify({ ...traits, hostname }));
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
