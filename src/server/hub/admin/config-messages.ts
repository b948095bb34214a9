/** Published configurations as `AdminService` shows them. */
import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import {
  type ConfigVersionSchema,
  type DiffConfigResponseSchema,
  FileChange,
  type PublishedConfigSchema,
  type StacksProblemSchema,
  SyncOutcome,
} from '../../../gen/vigo/v1/admin_pb.js';
import type { StacksProblem } from '../../../stacks/stacks-files.ts';
import type { ConfigVersionRow } from '../../store/config-repository.ts';
import type { ConfigDiff } from '../config/config-diff.ts';
import type { Published } from '../config/config-publisher.ts';

const OUTCOMES = {
  synced: SyncOutcome.SYNCED,
  unchanged: SyncOutcome.UNCHANGED,
  skipped: SyncOutcome.SKIPPED,
} as const;

/** Nobody reads more at once, and an answer has a limit. */
const MAX_PROBLEMS = 500;

export function configVersionMessage(
  row: ConfigVersionRow,
  current: ConfigVersionRow | undefined,
): MessageInitShape<typeof ConfigVersionSchema> {
  return {
    version: row.version,
    publishedAt: timestampFromMs(row.published_at),
    actor: row.actor,
    message: row.message,
    rollback: row.rollback !== 0,
    added: JSON.parse(row.added) as string[],
    changed: JSON.parse(row.changed) as string[],
    removed: JSON.parse(row.removed) as string[],
    filesChanged: row.files_changed,
    size: row.size,
    number: row.number,
    current: row.number === current?.number,
  };
}

export function publishedMessage({
  row,
  unchanged,
  spokes,
}: Published): MessageInitShape<typeof PublishedConfigSchema> {
  // What the row says it changed, it did not change this time.
  const nothing = unchanged ? { added: [], changed: [], removed: [], filesChanged: 0 } : {};
  return {
    version: { ...configVersionMessage(row, row), ...nothing },
    unchanged,
    spokes: spokes.map(({ spoke, outcome, reason, durationMs }) => {
      return { spoke, outcome: OUTCOMES[outcome], reason, durationMs };
    }),
  };
}

export function problemMessages(problems: readonly StacksProblem[]): MessageInitShape<typeof StacksProblemSchema>[] {
  const shown = problems.slice(0, MAX_PROBLEMS).map((problem) => ({ ...problem }));
  const hidden = problems.length - shown.length;
  if (hidden === 0) return shown;
  return [...shown, { file: '', line: 0, column: 0, message: `and ${hidden} more problems`, snippet: '' }];
}

const CHANGES = { added: FileChange.ADDED, changed: FileChange.CHANGED, removed: FileChange.REMOVED } as const;

export function diffMessage({ files, ...diff }: ConfigDiff): MessageInitShape<typeof DiffConfigResponseSchema> {
  return { ...diff, files: files.map((file) => ({ ...file, change: CHANGES[file.change] })) };
}
