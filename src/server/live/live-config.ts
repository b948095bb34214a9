/** The published tree that a server reads, `.live`, and how it is replaced. */
import type { StacksFiles } from '../../stacks/stacks-files.ts';

export interface ArchiveHeader {
  /** Lower-case hex of the archive's SHA-256: the version. */
  readonly version: string;
  /** Bytes. */
  readonly size: number;
}

/** A tree that is on disk, verified, but not served. */
export interface StagedTree extends ArchiveHeader {
  readonly files: StacksFiles;
  /** Removes what was staged; may be called after `activate`, and does nothing then. */
  discard(): Promise<void>;
}

export interface LiveTree extends ArchiveHeader {
  readonly files: StacksFiles;
}

export interface LiveConfig {
  /** What is served; undefined before the first. */
  readonly current: LiveTree | undefined;
  /**
   * Takes an archive in: size and digest verified, extracted into a fresh directory. Throws ARCHIVE_INVALID, MESSAGE_TOO_LARGE,
   * TIMEOUT (no chunk for too long); nothing stays on disk then.
   */
  stage(header: ArchiveHeader, chunks: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<StagedTree>;
  /** The same for files in memory: packed here, deterministically. */
  stageFiles(files: StacksFiles): Promise<StagedTree>;
  /** Serves the staged tree: keeps its archive, swaps `.live` atomically, then calls the listeners and awaits them. */
  activate(staged: StagedTree): Promise<void>;
  /** stage and activate, one caller at a time; what is served already is not taken in again. */
  receive(
    header: ArchiveHeader,
    chunks: AsyncIterable<Uint8Array>,
    signal: AbortSignal,
  ): Promise<{ unchanged: boolean }>;
  /** The archive of a version that is kept. Throws CONFIG_VERSION_NOT_FOUND. */
  archive(version: string): Promise<{ readonly size: number; chunks(): AsyncIterable<Uint8Array> }>;
  /** Removes archives and trees of all versions but these and the one that is served. */
  keepOnly(versions: readonly string[]): Promise<void>;
  /** Called after every switch, before it is acknowledged, and at once if there is something already. */
  onSwitch(listener: (tree: LiveTree) => void): void;
}
