/** Backups for people. */
import type { BackupJson, RestoredJson } from '../json/backup.ts';
import type { Style } from '../terminal.ts';
import { renderDetails } from './details.ts';
import { relative } from './time.ts';

/** `now`: milliseconds since 1970 UTC, for its age. */
export function renderBackup(backup: BackupJson, now: number, style: Style): string {
  return renderDetails(
    [
      ['file', backup.file],
      ['size', `${sizeText(backup.bytes)}, ${backup.files} files`],
      ['encrypted', backup.encrypted ? 'yes' : 'no'],
      ['made', `${backup.createdAt} (${relative(backup.createdAt, now)}) by vigocli ${backup.programVersion}`],
      ...serverLines(backup),
      ['from elsewhere', backup.outside.join(', ')],
    ],
    style,
  );
}

export function renderRestored(
  { dataDir, keptAside, backup, elsewhere }: RestoredJson,
  now: number,
  style: Style,
): string {
  return renderDetails(
    [
      ['restored', dataDir],
      ['from', `${backup.file}, made ${backup.createdAt} (${relative(backup.createdAt, now)})`],
      ...serverLines(backup),
      ['kept aside', keptAside],
      ...elsewhere.map(({ origin, file }) => ['from elsewhere', `${origin} is now ${file}`] as const),
    ],
    style,
  );
}

function serverLines({ role, spokeId, trustDomain, dataDir, configVersion, audit }: BackupJson) {
  const who = [spokeId === null ? role : `${role} ${spokeId}`, trustDomain]
    .filter((part) => part !== null)
    .join(' of ');
  return [
    ['server', `${who}, ${dataDir}`],
    ['configuration', configVersion?.slice(0, 12) ?? null],
    ['audit log', audit === null ? null : `up to entry ${audit.seq}, ${audit.hash.slice(0, 12)}`],
  ] as const;
}

const UNITS = ['KiB', 'MiB', 'GiB', 'TiB'];

/** "512 bytes", "1.5 MiB". */
export function sizeText(bytes: number): string {
  if (bytes < 1024) return `${bytes} bytes`;
  const power = Math.min(Math.floor(Math.log2(bytes) / 10), UNITS.length);
  return `${(bytes / 1024 ** power).toFixed(1)} ${UNITS[power - 1]}`;
}
