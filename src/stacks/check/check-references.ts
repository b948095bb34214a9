/** What configcrates say about each other: names that are there twice, resources that are not there, circles. */
import type { Configcrate, StacksResource } from '../stacks.ts';
import type { DraftConfigcrate, DraftResource } from './check-configcrate.ts';
import type { Item, SourceFile } from './source-file.ts';

interface Placed {
  readonly id: string;
  readonly draft: DraftResource;
  readonly file: SourceFile;
}

/** The crates by name, with references as ids. */
export function checkReferences(drafts: readonly DraftConfigcrate[]): Map<string, Configcrate> {
  const crates = new Map<string, DraftConfigcrate>();
  const placed = new Map<string, Placed>();
  for (const crate of drafts) {
    const { name, file } = crate;
    const other = crates.get(name);
    if (other) {
      file.fail(`configcrate "${name}" is in ${other.file.path} already`, crate.node);
      continue;
    }
    crates.set(name, crate);
    const targets = new Set<string>();
    for (const draft of crate.resources) {
      const id = `${name}/${draft.name}`;
      if (placed.has(id)) file.fail(`resource "${draft.name}" is there twice; give it a name of its own`, draft.node);
      else if (targets.has(draft.target)) file.fail(`another resource is about the same ${draft.target}`, draft.node);
      else placed.set(id, { id, draft, file });
      targets.add(draft.target);
    }
  }
  const resolve = (crate: string, file: SourceFile, items: readonly Item[]): string[] =>
    items.flatMap(({ text, node }) => {
      const id = placed.has(`${crate}/${text}`) ? `${crate}/${text}` : text;
      if (placed.has(id)) return [id];
      file.fail(`there is no resource "${text}"; expected a name of this configcrate or "configcrate/name"`, node);
      return [];
    });
  const result = new Map<string, Configcrate>();
  for (const { name, file, resources } of crates.values()) {
    const whole = resources.map((draft) => ({
      id: `${name}/${draft.name}`,
      type: draft.type,
      spec: draft.spec,
      dependsOn: resolve(name, file, draft.dependsOn),
      notify: resolve(name, file, draft.notify),
    }));
    result.set(name, { name, resources: whole });
  }
  refuseCircles(
    [...result.values()].flatMap(({ resources }) => resources),
    placed,
  );
  return result;
}

/** Each circle once, at the resource by which it was entered. Without recursion: a chain may be as long as a tree is large. */
function refuseCircles(resources: readonly StacksResource[], placed: ReadonlyMap<string, Placed>): void {
  const byId = new Map(resources.map((resource) => [resource.id, resource]));
  const done = new Set<string>();
  for (const { id } of resources) {
    const path: { readonly id: string; next: number }[] = [{ id, next: 0 }];
    const onPath = new Set([id]);
    while (path.length > 0) {
      const step = path.at(-1) as (typeof path)[number];
      const needs = done.has(step.id) ? undefined : byId.get(step.id)?.dependsOn[step.next++];
      if (needs === undefined) {
        done.add(step.id);
        onPath.delete(step.id);
        path.pop();
      } else if (onPath.has(needs)) {
        const circle = path.slice(path.findIndex((entry) => entry.id === needs)).map((entry) => entry.id);
        const start = placed.get(needs);
        start?.file.fail(`depends on itself: ${[...circle, needs].join(' → ')}`, start.draft.node);
      } else if (!done.has(needs)) {
        path.push({ id: needs, next: 0 });
        onPath.add(needs);
      }
    }
  }
}
