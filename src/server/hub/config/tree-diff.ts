/** What a tree changes against the one before. */
import type { StacksFiles } from '../../../stacks/stacks-files.ts';

/** Names of files, in the order of the trees. */
export interface TreeDiff {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
}

export function diffTrees(before: StacksFiles, after: StacksFiles): TreeDiff {
  const added: string[] = [];
  const changed: string[] = [];
  for (const [name, content] of after) {
    const old = before.get(name);
    if (old === undefined) added.push(name);
    else if (Buffer.compare(old, content) !== 0) changed.push(name);
  }
  return { added, changed, removed: [...before.keys()].filter((name) => !after.has(name)) };
}
