/** The columns of the history of versions. */
import type { ConfigVersion } from '../../../../src/gen/vigo/v1/admin_pb.js';
import { shortVersion } from '../../lib/short-version.ts';
import { changesText } from '../../lib/version-text.ts';
import { Button } from '../../ui/button.tsx';
import type { Column } from '../../ui/data-table.tsx';
import { StateLabel } from '../../ui/state-label.tsx';
import { Time } from '../../ui/time.tsx';

export interface HistoryActions {
  /** With the version before it. */
  readonly onCompare: (version: ConfigVersion) => void;
  /** Undefined: not allowed. */
  readonly onRollback: ((version: ConfigVersion) => void) | undefined;
}

export function historyColumns({ onCompare, onRollback }: HistoryActions): Column<ConfigVersion>[] {
  return [
    { title: 'Number', cell: ({ number }) => number, number: true },
    { title: 'Version', cell: ({ version }) => <code>{shortVersion(version)}</code>, head: true },
    { title: 'Published', cell: ({ publishedAt }) => <Time at={publishedAt} /> },
    { title: 'By', cell: ({ actor }) => actor, className: 'nowrap' },
    { title: 'Changes', cell: changesText },
    {
      title: 'Note',
      cell: ({ current, rollback }) =>
        (current || rollback) && (
          <span>
            {current && <StateLabel state="current" />} {rollback && <span className="secondary">rollback</span>}
          </span>
        ),
    },
    { title: 'Message', cell: ({ message }) => message },
    {
      title: 'Actions',
      actions: true,
      cell: (version) => {
        const short = shortVersion(version.version);
        return (
          <>
            <Button small look="quiet" aria-label={`Changes of ${short}`} onClick={() => onCompare(version)}>
              Changes
            </Button>
            {onRollback && !version.current && (
              <Button small look="quiet" aria-label={`Roll back to ${short}`} onClick={() => onRollback(version)}>
                Roll back …
              </Button>
            )}
          </>
        );
      },
    },
  ];
}
