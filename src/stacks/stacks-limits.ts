/** How large a tree may be. */
export const STACKS_LIMITS = {
  /** Bytes of a packed tree. */
  archiveBytes: 128 * 1024 * 1024,
  /** Bytes of all files together. */
  treeBytes: 512 * 1024 * 1024,
  fileBytes: 64 * 1024 * 1024,
  entries: 100_000,
  /** Bytes of a path in UTF-8, and of one of its segments: what file systems take. */
  pathBytes: 1_024,
  segmentBytes: 255,
} as const;

export type StacksLimits = { readonly [name in keyof typeof STACKS_LIMITS]: number };

/** What is wrong with a path in a tree; undefined if nothing is. */
export function pathProblem(path: string, limits: StacksLimits = STACKS_LIMITS): string | undefined {
  if (path === '') return 'its path is empty';
  if (Buffer.byteLength(path) > limits.pathBytes) return `its path is longer than ${limits.pathBytes} bytes`;
  if (path.startsWith('/') || /^[a-z]:/i.test(path)) return 'its path is absolute';
  for (let i = 0; i < path.length; i++) {
    const code = path.charCodeAt(i);
    if (code < 0x20 || code === 0x7f || code === 0x5c) return 'its path has a backslash or a control character in it';
  }
  if (path.includes('\ufffd')) return 'its path is not UTF-8';
  for (const segment of path.split('/')) {
    if (segment === '' || segment === '.' || segment === '..')
      return 'its path has an empty segment, "." or ".." in it';
    if (Buffer.byteLength(segment) > limits.segmentBytes)
      return `a name in its path is longer than ${limits.segmentBytes} bytes`;
  }
  return undefined;
}
