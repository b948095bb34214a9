/**
 * Policies without the program: files parsed as YAML, templates parsed once, rendered straight with LiquidJS, the result as
 * JSON. Nothing is checked, ordered or kept.
 */
import { Liquid, type Template } from 'liquidjs';
import { parse } from 'yaml';
import type { StacksFiles } from '../../src/stacks/stacks-files.ts';

export interface PlainPolicy {
  /** JSON of what an envoy with this role and these traits gets. */
  render(role: string, hostname: string, traitsJson: Uint8Array): string;
}

type Resource = Readonly<Record<string, unknown>>;
interface PlainResource {
  readonly constant: Resource;
  readonly templates: readonly (readonly [attribute: string, template: Template[]])[];
}

export function openPlainPolicy(files: StacksFiles): PlainPolicy {
  const engine = new Liquid({ strictFilters: true, strictVariables: true, ownPropertyOnly: true });
  const textOf = (path: string) => new TextDecoder().decode(files.get(path));
  const crates = new Map<string, PlainResource[]>();
  const roles = new Map<string, readonly string[]>();
  const vars = new Map<string, { readonly environment: string; readonly vars: object }>();

  const prepare = (resource: Resource): PlainResource => {
    const constant: Record<string, unknown> = {};
    const templates: [string, Template[]][] = [];
    for (const [name, value] of Object.entries(resource)) {
      if (name === 'template') templates.push(['content', engine.parse(textOf(`templates/${value}`))]);
      else if (typeof value === 'string' && value.includes('{{')) templates.push([name, engine.parse(value)]);
      else constant[name] = value;
    }
    return { constant, templates };
  };
  for (const path of files.keys()) {
    if (!path.endsWith('.vgo')) continue;
    const document = parse(textOf(path));
    if (document.configcrate) crates.set(document.configcrate, document.resources.map(prepare));
    else if (document.role) roles.set(document.role, document.configcrates);
    else for (const rule of document.envoys) vars.set(rule.roles[0], rule);
  }

  return {
    render(role, hostname, traitsJson) {
      const rule = vars.get(role);
      const traits = JSON.parse(new TextDecoder().decode(traitsJson));
      const scope = { vars: rule?.vars, environment: rule?.environment, traits: { ...traits, hostname } };
      const resources = (roles.get(role) ?? []).flatMap((crate) =>
        (crates.get(crate) ?? []).map(({ constant, templates }) => {
          const rendered = templates.map(([name, template]) => [name, engine.renderSync(template, scope)]);
          return { ...constant, ...Object.fromEntries(rendered) };
        }),
      );
      return JSON.stringify(resources);
    },
  };
}
