/** Puts resources in an order in which everything stands behind what it depends on, and otherwise as it was written. */

interface Ordered {
  readonly id: string;
  readonly dependsOn: readonly string[];
}

/** `missing`: a dependency that is not among them. There must be no circles. */
export function orderResources<R extends Ordered>(
  resources: readonly R[],
): { readonly ordered: readonly R[]; readonly missing?: { readonly from: string; readonly id: string } } {
  const byId = new Map(resources.map((resource) => [resource.id, resource]));
  const placed = new Set<string>();
  const ordered: R[] = [];
  for (const first of resources) {
    // Without recursion: a chain may be as long as a tree is large.
    const path: { readonly resource: R; next: number }[] = placed.has(first.id) ? [] : [{ resource: first, next: 0 }];
    for (let step = path.at(-1); step; step = path.at(-1)) {
      const { resource } = step;
      const id = resource.dependsOn[step.next++];
      if (id === undefined) {
        if (!placed.has(resource.id)) ordered.push(resource);
        placed.add(resource.id);
        path.pop();
      } else if (!placed.has(id)) {
        const needed = byId.get(id);
        if (!needed) return { ordered: [], missing: { from: resource.id, id } };
        path.push({ resource: needed, next: 0 });
      }
    }
  }
  return { ordered };
}
