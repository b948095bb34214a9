/** Where the stacks of a webhook come from. */
import type { StacksFiles } from '../../../stacks/stacks-files.ts';

export interface WebhookSource {
  /** Of the webhook. */
  readonly name: string;
  /** Which repository, branch and path, in words. `repository`: what the delivery names; empty if server.yaml does. */
  from(repository: string): string;
  /** The newest there is. Throws a VigoError that says why not; with `signal`, its reason. */
  fetch(repository: string, signal: AbortSignal): Promise<FetchedStacks>;
}

export interface FetchedStacks {
  readonly files: StacksFiles;
  /** Id of the commit in full. */
  readonly commit: string;
  /** First line of its message. */
  readonly subject: string;
}
