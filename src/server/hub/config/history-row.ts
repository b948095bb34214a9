/** A row of the history: what is published, and what it changes. */
import type { LiveTree, StagedTree } from '../../live/live-config.ts';
import type { ConfigVersionRow } from '../../store/config-repository.ts';
import { diffTrees } from './tree-diff.ts';

/** Names of files that a row holds of each kind. */
const MAX_NAMED = 100;

export interface PublishNote {
  readonly actor: string;
  readonly message: string;
}

export interface HistoryEntry {
  readonly number: number;
  readonly staged: StagedTree;
  /** What is served until then. */
  readonly before: LiveTree | undefined;
  readonly note: PublishNote;
  readonly rollback: boolean;
  readonly now: number;
}

export function historyRow({ number, staged, before, note, rollback, now }: HistoryEntry): ConfigVersionRow {
  const { added, changed, removed } = diffTrees(before?.files ?? new Map(), staged.files);
  const named = (files: readonly string[]) => JSON.stringify(files.slice(0, MAX_NAMED));
  return {
    number,
    version: staged.version,
    published_at: now,
    actor: note.actor,
    message: note.message,
    rollback: rollback ? 1 : 0,
    size: staged.size,
    files_changed: added.length + changed.length + removed.length,
    added: named(added),
    changed: named(changed),
    removed: named(removed),
  };
}
