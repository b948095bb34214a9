/** Published configurations for people. */
import type {
  ConfigStatusJson,
  ConfigVersionJson,
  PublishedJson,
  SpokeConfigJson,
  SpokeSyncJson,
} from '../json/config.ts';
import { renderDetails } from './details.ts';
import { shortVersion } from './envoys.ts';
import { statusFormat } from './status-format.ts';
import { renderRows, renderTable, type TableOptions } from './table.ts';
import { type Column, layOut } from './table-layout.ts';
import { relative } from './time.ts';

const files = (count: number): string => `${count} ${count === 1 ? 'file' : 'files'}`;

/** "3 files: 1 added, 2 changed". */
function changesText({ filesChanged, added, changed, removed }: ConfigVersionJson | PublishedJson): string {
  if (filesChanged === 0) return 'no file changed';
  // Of more than a hundred only some are named, so that they cannot be counted here.
  if (added.length + changed.length + removed.length < filesChanged) return `${files(filesChanged)} changed`;
  const parts = [
    [added.length, 'added'],
    [changed.length, 'changed'],
    [removed.length, 'removed'],
  ] as const;
  const named = parts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
  return `${files(filesChanged)}: ${named.join(', ')}`;
}

/** Without titles. */
const SYNC_COLUMNS: Column<SpokeSyncJson>[] = [
  { title: '', value: ({ spoke }) => spoke, expendable: 0, min: 8 },
  {
    title: '',
    value: ({ outcome }) => outcome,
    format: ({ outcome }) => (outcome === 'skipped' ? 'yellow' : 'green'),
    expendable: 0,
  },
  {
    title: '',
    value: ({ reason, durationMs }) => reason ?? `${Math.round(durationMs)} ms`,
    min: 10,
  },
];

/** What was published, and one line a spoke. */
export function renderPublished(published: PublishedJson, options: TableOptions): string {
  const { version, unchanged, spokes } = published;
  const head = unchanged
    ? `version ${shortVersion(version)} is what the fleet has already`
    : `published version ${shortVersion(version)} (${changesText(published)})`;
  if (spokes.length === 0) return head;
  const laid = layOut(SYNC_COLUMNS, spokes, options.width);
  return `${head}\n${renderRows(laid, spokes, { ...options, titles: false })}`;
}

const SPOKE_COLUMNS: Column<SpokeConfigJson>[] = [
  { title: 'SPOKE', value: ({ spoke }) => spoke, expendable: 0, min: 8 },
  {
    title: 'STATUS',
    value: ({ online }) => (online ? 'online' : 'offline'),
    format: ({ online }) => statusFormat(online ? 'online' : 'offline'),
    expendable: 2,
  },
  { title: 'CONFIG', value: ({ version }) => shortVersion(version), expendable: 0 },
  {
    title: 'STATE',
    value: ({ behind }) => (behind ? 'behind' : 'current'),
    format: ({ behind }) => (behind ? 'yellow' : 'green'),
    expendable: 0,
  },
  { title: 'REASON', value: ({ reason }) => reason ?? '', min: 10 },
];

/** The fleet's version and that of each spoke. */
export function renderConfigStatus(status: ConfigStatusJson, options: TableOptions & { readonly now: number }): string {
  const { current, spokes } = status;
  if (!current) return 'nothing is published: `vigocli config publish` does it';
  const head = renderDetails(
    [
      ['version', current.version],
      ['published', `${relative(current.publishedAt, options.now)} by ${current.actor ?? 'nobody known'}`],
      ['message', current.message],
      ['changes', changesText(current)],
    ],
    options.style,
  );
  return spokes.length === 0 ? head : `${head}\n\n${renderTable(SPOKE_COLUMNS, spokes, options)}`;
}

/** `now`: milliseconds since 1970 UTC, for ages. */
export function historyColumns(now: number): Column<ConfigVersionJson>[] {
  return [
    { title: 'NUMBER', value: ({ number }) => String(number), align: 'right', expendable: 4 },
    { title: 'VERSION', value: ({ version }) => shortVersion(version), expendable: 0 },
    { title: 'PUBLISHED', value: ({ publishedAt }) => relative(publishedAt, now), expendable: 0 },
    { title: 'BY', value: ({ actor }) => actor ?? '-', expendable: 3, min: 8 },
    { title: 'FILES', value: ({ filesChanged }) => String(filesChanged), align: 'right', expendable: 5 },
    {
      title: 'NOTE',
      value: ({ current, rollback }) =>
        [current ? 'current' : '', rollback ? 'rollback' : ''].filter(Boolean).join(', '),
      format: ({ current }) => (current ? 'green' : undefined),
      expendable: 2,
    },
    { title: 'MESSAGE', value: ({ message }) => message ?? '', expendable: 1, min: 10 },
  ];
}
