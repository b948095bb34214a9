/** A tree of stacks as it is read: what is checked, packed and resolved. */

/** Path with slashes, relative to the tree → content; in the order of the paths' code units. Regular files only. */
export type StacksFiles = ReadonlyMap<string, Uint8Array>;

/** One mistake in a tree; lines and columns from 1, both 0 if it is about the file as a whole. */
export interface StacksProblem {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** What is wrong, and what was expected. */
  readonly message: string;
  /** The line itself; empty if it is about the file as a whole. */
  readonly snippet: string;
}
