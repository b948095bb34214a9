/** What differs between two published versions, file by file, as text where it can be read. */
import { structuredPatch } from 'diff';
import { createMutex } from '../../../platform/mutex.ts';
import type { StacksFiles } from '../../../stacks/stacks-files.ts';
import { unpackArchive } from '../../../stacks/unpack-archive.ts';
import type { LiveConfig } from '../../live/live-config.ts';
import type { ConfigRepository } from '../../store/config-repository.ts';
import { findVersion } from './find-version.ts';
import { diffTrees } from './tree-diff.ts';

export interface FileDiff {
  readonly path: string;
  readonly change: 'added' | 'changed' | 'removed';
  /** Hunks as "diff -u" writes them; empty if it is not shown. */
  readonly unified: string;
  /** Why it is not shown; empty if it is. */
  readonly hidden: '' | 'binary' | 'large';
  readonly addedLines: number;
  readonly removedLines: number;
}

export interface ConfigDiff {
  /** Empty for the empty tree. */
  readonly from: string;
  readonly to: string;
  /** By path; at most `MAX_FILES`. */
  readonly files: readonly FileDiff[];
  /** Files that differ, all of them. */
  readonly filesChanged: number;
}

export interface ConfigDifferOptions {
  readonly repository: Pick<ConfigRepository, 'versionsLike'>;
  readonly live: Pick<LiveConfig, 'current' | 'archive'>;
}

const MAX_FILES = 500;
/** Of a file: what is larger is nothing that people read as a difference. */
const MAX_FILE_BYTES = 256 * 1024;
/** Of all differences of an answer. */
const MAX_TEXT = 2 * 1024 * 1024;
/** Lines that may differ in one file; the effort grows with their square. */
const MAX_EDITS = 4_000;
const CONTEXT_LINES = 3;

/**
 * Versions as for a rollback; an empty `from` is the empty tree, an empty `to` what the fleet has. Rejects with INVALID_ARGUMENT or
 * CONFIG_VERSION_NOT_FOUND.
 */
export function createConfigDiffer(options: ConfigDifferOptions): (from: string, to: string) => Promise<ConfigDiff> {
  const { repository, live } = options;
  // Each holds two trees in memory.
  const mutex = createMutex();
  const filesOf = async (version: string): Promise<StacksFiles> => {
    if (version === '') return new Map();
    if (live.current?.version === version) return live.current.files;
    const chunks: Uint8Array[] = [];
    for await (const chunk of (await live.archive(version)).chunks()) chunks.push(chunk);
    return unpackArchive(Buffer.concat(chunks));
  };
  return async (from, to) => {
    const older = from === '' ? '' : await findVersion(repository, from);
    const newer = to === '' ? (live.current?.version ?? '') : await findVersion(repository, to);
    return mutex.run(async () => {
      const trees = [await filesOf(older), await filesOf(newer)] as const;
      return { from: older, to: newer, ...diffFiles(...trees) };
    });
  };
}

export function diffFiles(before: StacksFiles, after: StacksFiles): Pick<ConfigDiff, 'files' | 'filesChanged'> {
  const { added, changed, removed } = diffTrees(before, after);
  const named = [
    ...added.map((path) => ({ path, change: 'added' as const })),
    ...changed.map((path) => ({ path, change: 'changed' as const })),
    ...removed.map((path) => ({ path, change: 'removed' as const })),
  ].sort((a, b) => (a.path < b.path ? -1 : 1));
  let left = MAX_TEXT;
  const files = named.slice(0, MAX_FILES).map(({ path, change }): FileDiff => {
    const diff = diffFile(before.get(path), after.get(path), left);
    left -= diff.unified.length;
    return { path, change, ...diff };
  });
  return { files, filesChanged: named.length };
}

const hiddenFile = (hidden: 'binary' | 'large') => ({ unified: '', hidden, addedLines: 0, removedLines: 0 });

function diffFile(before: Uint8Array | undefined, after: Uint8Array | undefined, left: number) {
  if (Math.max(before?.length ?? 0, after?.length ?? 0) > MAX_FILE_BYTES) return hiddenFile('large');
  const [old, now] = [textOf(before), textOf(after)];
  if (old === undefined || now === undefined) return hiddenFile('binary');
  const patch = structuredPatch('', '', old, now, '', '', { context: CONTEXT_LINES, maxEditLength: MAX_EDITS });
  if (!patch) return hiddenFile('large');
  const lines = patch.hunks.flatMap((hunk) => [
    `@@ -${range(hunk.oldStart, hunk.oldLines)} +${range(hunk.newStart, hunk.newLines)} @@`,
    ...hunk.lines,
  ]);
  const unified = lines.join('\n');
  if (unified.length > left) return hiddenFile('large');
  const count = (sign: string) => patch.hunks.flatMap(({ lines: of }) => of).filter((line) => line[0] === sign).length;
  return { unified, hidden: '' as const, addedLines: count('+'), removedLines: count('-') };
}

/** Of no lines: behind which line they are not. */
const range = (start: number, lines: number): string => `${lines === 0 ? start - 1 : start},${lines}`;

/** Undefined for what is no text. */
function textOf(bytes: Uint8Array | undefined): string | undefined {
  if (!bytes) return '';
  if (bytes.includes(0)) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
