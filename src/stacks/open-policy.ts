/** A published tree, made ready for resolving policies. */
import { VigoError } from '../fleet/errors.ts';
import type { ResourceType } from '../resources/resource-type.ts';
import { checkStacks } from './check-stacks.ts';
import { createPolicyResolver, type PolicyResolver } from './policy-resolver.ts';
import type { StacksFiles } from './stacks-files.ts';

/** Throws STACKS_INVALID naming the first mistake: trees are checked before they are published, but by what program? */
export function openPolicy(files: StacksFiles, types: ReadonlyMap<string, ResourceType>): PolicyResolver {
  const { stacks, problems } = checkStacks(files, types);
  if (stacks) return createPolicyResolver(stacks, files, types);
  const [first] = problems;
  throw new VigoError('STACKS_INVALID', `${problems.length} problems, the first in ${first?.file}: ${first?.message}`);
}
