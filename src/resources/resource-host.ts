/** The machine, as resource types see it. All paths are absolute on the envoy; the host puts its root in front. */

export interface FileFacts {
  readonly kind: 'file' | 'directory' | 'symlink' | 'other';
  /** Permission bits, such as 0o644. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Bytes. */
  readonly size: number;
}

export interface CommandResult {
  /** Null if a signal ended it. */
  readonly exitCode: number | null;
  /** At most 64 KiB; what is beyond is left out. */
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  /** Default "/". */
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  /** Milliseconds; it is killed then, with everything that it started, and the call throws. Default 5 minutes. */
  readonly timeoutMs?: number;
}

export interface ResourceHost {
  /** What stands in front of every path: "/" but in tests and demos. */
  readonly root: string;
  /** Undefined if there is nothing. Does not follow a link at the end of the path. */
  facts(path: string): Promise<FileFacts | undefined>;
  /** Throws if it is no readable file, or larger than 64 MiB. Does not follow a link at the end of the path. */
  read(path: string): Promise<Uint8Array>;
  /** SHA-256 of a file's content, lower-case hex. */
  sha256(path: string): Promise<string>;
  readLink(path: string): Promise<string>;
  /** Replaces the file as a whole, durably, not through a link; keeps mode and owner of the one before, unless `mode` says otherwise. Makes no directories. */
  write(path: string, content: Uint8Array, options?: { readonly mode?: number }): Promise<void>;
  /** The same with the content of a file of the bundle, by digest. Throws if the agent does not have it. */
  writeFromBundle(path: string, sha256: string, options?: { readonly mode?: number }): Promise<void>;
  /** Replaces a link as a whole. */
  writeLink(path: string, target: string): Promise<void>;
  /** Makes the directory and those above it. */
  makeDirectory(path: string, mode?: number): Promise<void>;
  /** Removes a file or a link, or a directory with everything in it. Throws for "/". */
  remove(path: string): Promise<void>;
  setMode(path: string, mode: number): Promise<void>;
  setOwner(path: string, uid: number, gid: number): Promise<void>;
  /** Numeric id of a user; undefined if there is none. */
  userId(name: string): Promise<number | undefined>;
  groupId(name: string): Promise<number | undefined>;
  /**
   * Runs a program with arguments, without a shell. What it has started in the background is ended with it, unless that has made
   * itself a session of its own. Throws if it cannot be started or takes too long.
   */
  run(program: string, args: readonly string[], options?: CommandOptions): Promise<CommandResult>;
  /** Whether a program of this name is found in the PATH. */
  hasProgram(name: string): Promise<boolean>;
  /** Lets so many milliseconds pass. Throws if the agent is stopped meanwhile. */
  pause(ms: number): Promise<void>;
}
