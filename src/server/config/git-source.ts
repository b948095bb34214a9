/** Where a webhook takes stacks from: which addresses and branches git may be asked for. */
import { isLoopbackUrl } from './loopback.ts';

/** What is expected of an address of a repository. */
export const GIT_REPOSITORY =
  'the address of a git repository: https://…, ssh://…, user@host:path, file:///path or /path (http:// for this machine only)';

/** git takes what begins with "-" for an option, and "ext::" and the like for programs to run: neither passes. */
export function isGitRepository(value: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  if (/[\x00-\x20\x7f]/.test(value) || value.startsWith('-') || value.length > 2_000) return false;
  if (/^\/[^/]/.test(value) || /^file:\/\/\/[^/]/.test(value)) return true;
  if (/^(https|ssh):\/\/[^/-]/.test(value)) return URL.canParse(value);
  if (value.startsWith('http://')) return isLoopbackUrl(value);
  // user@host:path; a colon behind the path's own first one would be "transport::address".
  return /^[a-z0-9._][a-z0-9._-]*@[a-z0-9][a-z0-9.-]*:[^:-][^:]*$/i.test(value);
}

/** What is expected of the name of a branch. */
export const GIT_BRANCH = 'the name of a branch, such as "main"';

/** The rules of git for names of references, and no "-" in front. */
export function isGitBranch(value: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  if (/[\x00-\x20\x7f~^:?*[\\]|\.\.|@\{|\/\/|\/\.|\.lock(\/|$)/.test(value)) return false;
  return value.length <= 244 && /^[^-./]/.test(value) && /[^./]$/.test(value) && value !== '@';
}

/** The same address without a password or token in it, for logs and people. */
export function withoutCredentials(repository: string): string {
  return repository.replace(/^([a-z]+:\/\/)[^/@]*@/i, '$1');
}
