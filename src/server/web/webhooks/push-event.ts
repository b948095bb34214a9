/** What a push event says, whichever provider has written it. */
import { VigoError } from '../../../fleet/errors.ts';
import { isGitRepository } from '../../config/git-source.ts';

export interface PushEvent {
  /** Undefined if it was no branch, but a tag. */
  readonly branch: string | undefined;
  /** The branch is gone. */
  readonly deleted: boolean;
  /** Id of the newest commit. */
  readonly commit: string;
  /** Undefined if the provider does not say. */
  readonly defaultBranch: string | undefined;
  /** Where git can clone it by https, as the provider says; undefined if it does not say, or says something else. */
  readonly repository: string | undefined;
}

const BRANCH = 'refs/heads/';

/** Throws INVALID_ARGUMENT. */
export function readPushEvent(body: Buffer): PushEvent {
  const event = objectIn(body);
  const { ref, after } = event;
  if (typeof ref !== 'string' || typeof after !== 'string' || !/^[0-9a-f]{40,64}$/.test(after))
    throw new VigoError(
      'INVALID_ARGUMENT',
      'the body is no push event: expected "ref" and "after", the id of a commit',
    );
  const about = { ...asObject(event.project), ...asObject(event.repository) };
  const { default_branch: defaultBranch } = about;
  return {
    branch: ref.startsWith(BRANCH) ? ref.slice(BRANCH.length) : undefined,
    deleted: /^0+$/.test(after),
    commit: after,
    defaultBranch: typeof defaultBranch === 'string' && defaultBranch !== '' ? defaultBranch : undefined,
    // GitHub and Gitea say it in the first, GitLab in the second.
    repository: [about.clone_url, about.git_http_url].find(isPlainHttps),
  };
}

/** No credentials: who writes a delivery does not choose as whom this server shows up. */
function isPlainHttps(value: unknown): value is string {
  if (typeof value !== 'string' || !/^https?:/.test(value) || !isGitRepository(value)) return false;
  const { username, password } = new URL(value);
  return username === '' && password === '';
}

function objectIn(body: Buffer): Readonly<Record<string, unknown>> {
  try {
    return asObject(JSON.parse(body.toString('utf8')));
  } catch {
    throw new VigoError('INVALID_ARGUMENT', 'the body is no JSON: choose the content type application/json');
  }
}

const asObject = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
