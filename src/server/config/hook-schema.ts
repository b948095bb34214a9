/** The parts of server.yaml that tell others, and are told by others: webhooks and notifications. */
import type { z } from 'zod';
import { pathProblem } from '../../stacks/stacks-limits.ts';
import { checked, listOf, oneOf, section, spokeId, text } from './fields.ts';
import { GIT_BRANCH, GIT_REPOSITORY, isGitBranch, isGitRepository } from './git-source.ts';
import { isLoopbackUrl } from './loopback.ts';

const secretFile = () => text('the path of a file with the secret');

const webhook = section({
  // Stands in a URL and in the audit log.
  name: spokeId(),
  provider: oneOf('github', 'gitlab', 'gitea'),
  secret_file: secretFile(),
  action: oneOf('publish').default('publish'),
  repository: checked(GIT_REPOSITORY, isGitRepository).optional(),
  branch: checked(GIT_BRANCH, isGitBranch).optional(),
  path: checked(
    'a path inside of the repository, such as "stacks"; "." for all of it',
    (value) => value === '.' || pathProblem(value) === undefined,
  ).optional(),
});

/** Inbound: who may tell this server to do something. */
export const webhooks = unique(listOf(webhook, 'webhooks').default([]), 'name');

const EVENTS = ['spoke.offline', 'spoke.recovered', 'move.finished', 'envoy.stale', 'config.published'] as const;

const notification = section({
  url: checked('an https:// URL without user and fragment (http:// for this machine only)', (value) => {
    const url = URL.canParse(value) ? new URL(value) : undefined;
    const secure = url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopbackUrl(value));
    return secure && url?.username === '' && url.password === '' && url.hash === '' && value.length <= 2_000;
  }),
  secret_file: secretFile(),
  ca_file: text('the path of a file').optional(),
  events: listOf(oneOf(...EVENTS), 'events')
    .refine((list) => list.length > 0, { error: 'expected at least one event' })
    .default([...EVENTS]),
});

/** Outbound: who is told what happens. */
export const notifications = unique(listOf(notification, 'notifications').default([]), 'url');

/** No two entries have the same `key`. */
function unique<K extends string, T extends z.ZodType<readonly Readonly<Record<K, string>>[]>>(list: T, key: K): T {
  return list.superRefine((entries, context) => {
    const seen = new Set<string>();
    for (const [index, entry] of entries.entries()) {
      const value = entry[key];
      if (seen.has(value)) {
        const message = `"${value}" is the ${key} of another entry already; expected every ${key} once`;
        context.addIssue({ code: 'custom', message, path: [index, key], input: value });
      }
      seen.add(value);
    }
  });
}
