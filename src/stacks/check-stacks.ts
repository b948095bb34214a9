/**
 * Finds everything that is wrong with a tree, in one pass over its files:
 *
 *   configcrates/**.vgo   named lists of resources       templates/**   texts that are rendered for each envoy
 *   roles/**.vgo          named lists of configcrates    files/**       contents that are taken as they are
 *   envoys.vgo            which envoys get which
 */
import type { ResourceType } from '../resources/resource-type.ts';
import { checkRole, checkRules } from './check/check-assignments.ts';
import { checkConfigcrate } from './check/check-configcrate.ts';
import { checkReferences } from './check/check-references.ts';
import { openSourceFile, type Report, type SourceFile } from './check/source-file.ts';
import type { EnvoyRule, Role, Stacks } from './stacks.ts';
import type { StacksFiles, StacksProblem } from './stacks-files.ts';
import { createTemplateEngine, templateProblem } from './templates.ts';

const RULES = 'envoys.vgo';

/** `stacks` is there if there are no problems. Problems are in the order of files and lines. Never throws. */
export function checkStacks(
  files: StacksFiles,
  types: ReadonlyMap<string, ResourceType>,
): { readonly stacks?: Stacks; readonly problems: readonly StacksProblem[] } {
  const problems: StacksProblem[] = [];
  const report: Report = (problem) => void problems.push(problem);
  const engine = createTemplateEngine();
  const open = (folder: string): SourceFile[] =>
    [...files].flatMap(([path, content]) =>
      path.startsWith(`${folder}/`) && path.endsWith('.vgo') ? [openSourceFile(path, content, report)] : [],
    );
  const drafts = open('configcrates').flatMap((file) => checkConfigcrate({ files, types, engine }, file) ?? []);
  const configcrates = checkReferences(drafts);
  const roles = new Map<string, Role & { readonly path: string }>();
  for (const file of open('roles')) checkRole(file, configcrates, roles);
  const rules = rulesOf(files, report, configcrates, roles);
  for (const [path, content] of files) {
    if (path.startsWith('templates/')) checkTemplateFile(path, content, engine, report);
    else misplaced(path, report);
  }
  if (problems.length === 0) return { stacks: { configcrates, roles, rules }, problems };
  return { problems: problems.sort(byPlace) };
}

function rulesOf(
  files: StacksFiles,
  report: Report,
  configcrates: ReadonlyMap<string, unknown>,
  roles: ReadonlyMap<string, unknown>,
): EnvoyRule[] {
  const content = files.get(RULES);
  if (content) return checkRules(openSourceFile(RULES, content, report), configcrates, roles);
  const message = 'there is no such file; it says which envoys get which roles and configcrates';
  report({ file: RULES, line: 0, column: 0, message, snippet: '' });
  return [];
}

function checkTemplateFile(
  path: string,
  content: Uint8Array,
  engine: ReturnType<typeof createTemplateEngine>,
  report: Report,
): void {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(content);
  } catch {
    const message = 'it is not UTF-8; other contents belong under files/';
    report({ file: path, line: 0, column: 0, message, snippet: '' });
    return;
  }
  const problem = templateProblem(engine, text);
  if (problem)
    report({ file: path, ...problem, snippet: (text.split('\n')[problem.line - 1] ?? '').trimEnd().slice(0, 160) });
}

/** What would be passed over in silence was hardly meant. */
function misplaced(path: string, report: Report): void {
  const [folder = ''] = path.split('/');
  const isPolicy = path.endsWith('.vgo');
  if (path === RULES || folder === 'files' || (isPolicy && ['configcrates', 'roles'].includes(folder))) return;
  if (!isPolicy && !['configcrates', 'roles'].includes(folder)) return;
  const message = isPolicy
    ? `.vgo files belong under configcrates/ or roles/, or are called ${RULES}`
    : 'only .vgo files have a meaning here; other contents belong under templates/ or files/';
  report({ file: path, line: 0, column: 0, message, snippet: '' });
}

function byPlace(a: StacksProblem, b: StacksProblem): number {
  return (a.file < b.file ? -1 : a.file > b.file ? 1 : 0) || a.line - b.line || a.column - b.column;
}
