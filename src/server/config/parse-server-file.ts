/** From the text of server.yaml to its checked values. */
import type { z } from 'zod';
import { VigoError } from '../../fleet/errors.ts';
import { type ServerFile, serverSchema } from './schema.ts';
import type { ServerRole } from './server-config.ts';
import { parseYaml, type YamlSource } from './yaml-source.ts';

interface Problem {
  readonly line: number | undefined;
  /** Key path such as "spanner.spokes[1].addr"; empty for the file as a whole. */
  readonly key: string;
  readonly message: string;
}

/** `role` goes before the file's. Throws `CONFIG_INVALID` with one line for each thing that is wrong. */
export function parseServerFile(path: string, text: string, role: ServerRole | undefined): ServerFile {
  const source = parseYaml(text);
  if (Array.isArray(source)) {
    throw invalid(
      path,
      source.map((problem) => ({ ...problem, key: '' })),
    );
  }
  const parsed = serverSchema.safeParse(source.value);
  if (!parsed.success) {
    throw invalid(
      path,
      parsed.error.issues.flatMap((issue) => problemsOf(issue, source)),
    );
  }
  const file = role ? { ...parsed.data, spanner: { ...parsed.data.spanner, role } } : parsed.data;
  const problems = crossProblems(file, source);
  if (problems.length > 0) throw invalid(path, problems);
  return file;
}

function problemsOf(issue: z.core.$ZodIssue, source: YamlSource): Problem[] {
  const paths = issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...issue.path, key]) : [issue.path];
  return paths.map((path) => ({ line: source.lineOf(path), key: keyOf(path), message: issue.message }));
}

/** What no value is wrong in, but two are together. */
function crossProblems({ spanner, server, auth }: ServerFile, source: YamlSource): Problem[] {
  const problems: Problem[] = [];
  const add = (path: string[], message: string) =>
    problems.push({ line: source.lineOf(path), key: keyOf(path), message });
  const { default_spoke: home, spokes } = spanner;
  if (home !== undefined && spanner.role === 'hub' && !spokes.some((spoke) => spoke.id === home)) {
    const known = spokes.map((spoke) => spoke.id).join(', ') || 'none';
    add(['spanner', 'default_spoke'], `expected the id of one of spanner.spokes, which are: ${known}`);
  }
  if (spanner.role === 'spoke' && spanner.spoke_id === undefined) {
    add(['spanner', 'spoke_id'], 'is missing: a spoke needs the id under which the hub knows it');
  }
  if (spanner.hub_fallback_addrs.length > 0 && spanner.hub_addr === undefined) {
    add(['spanner', 'hub_fallback_addrs'], 'has no meaning without spanner.hub_addr, which is tried first');
  }
  if (auth.oidc && auth.oidc.admin_values.length + auth.oidc.viewer_values.length === 0) {
    add(['auth', 'oidc'], 'lets nobody in: expected admin_values or viewer_values, values of the claim role_claim');
  }
  for (const [one, other] of [['cert_file', 'key_file'] as const, ['ca_key_file', 'ca_file'] as const]) {
    const [there, missing] = server.tls[one] === undefined ? [other, one] : [one, other];
    // A CA without its key is a spoke's normal state: only the hub signs.
    if (server.tls[there] !== undefined && server.tls[missing] === undefined && there !== 'ca_file') {
      add(['server', 'tls', there], `expected together with server.tls.${missing}`);
    }
  }
  return problems;
}

const keyOf = (path: readonly PropertyKey[]): string =>
  path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .replace(/^\./, '');

function invalid(path: string, problems: readonly Problem[]): VigoError {
  const lines = problems
    .toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0))
    .map(({ line, key, message }) => {
      const place = line === undefined ? path : `${path}:${line}`;
      return key === '' ? `${place}: ${message}` : `${place}: ${key}: ${message}`;
    });
  return new VigoError('CONFIG_INVALID', lines.join('\n'));
}
