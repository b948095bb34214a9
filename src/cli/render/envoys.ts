/** Envoy lists for people. */
import type { EnvoyJson, EnvoyListJson } from '../json/envoy.ts';
import type { WarningJson } from '../json/warning.ts';
import { statusFormat } from './status-format.ts';
import type { Column } from './table-layout.ts';
import { relative } from './time.ts';

// Versions are SHA-256 digests; so many characters tell them apart.
const SHORT_VERSION = 12;

export function shortVersion(version: string | null): string {
  return version?.slice(0, SHORT_VERSION) ?? '-';
}

/** `now`: milliseconds since 1970 UTC, for ages. */
export function envoyColumns(now: number): Column<EnvoyJson>[] {
  return [
    { title: 'HOSTNAME', value: (envoy) => envoy.hostname, expendable: 0, min: 16 },
    { title: 'SPOKE', value: (envoy) => envoy.spoke, expendable: 2, min: 8 },
    {
      title: 'STATUS',
      value: (envoy) => (envoy.stale ? `${envoy.status} (stale)` : envoy.status),
      format: (envoy) => (envoy.stale ? 'dim' : statusFormat(envoy.status)),
      expendable: 0,
    },
    { title: 'DRIFT', value: (envoy) => envoy.drift, expendable: 5 },
    {
      title: 'LAST SEEN',
      value: (envoy) => relative(envoy.lastSeenAt, now),
      expendable: 3,
    },
    { title: 'CONFIG', value: (envoy) => shortVersion(envoy.configVersion), expendable: 4 },
    { title: 'ENROLLED', value: (envoy) => relative(envoy.enrolledAt, now), expendable: 6 },
    { title: 'ID', value: (envoy) => envoy.id, expendable: 7 },
  ];
}

/** "3 of 120 envoys; next page: --cursor …" */
export function envoyFooter(list: Pick<EnvoyListJson, 'total' | 'nextCursor'>, shown: number): string {
  const noun = list.total === 1 ? 'envoy' : 'envoys';
  const count = shown === list.total ? `${list.total} ${noun}` : `${shown} of ${list.total} ${noun}`;
  return list.nextCursor === null ? count : `${count}; next page: --cursor ${list.nextCursor}`;
}

/** `staleRows`: stale rows of a spoke among those shown. */
export function warningText(warning: WarningJson, staleRows: number): string {
  const why = `${warning.code}: ${warning.message}`;
  if (warning.spoke === null) return why;
  const whose = staleRows === 0 ? 'its envoys' : `its ${staleRows} ${staleRows === 1 ? 'envoy' : 'envoys'} shown here`;
  const are = staleRows === 1 ? 'is' : 'are';
  return `${warning.spoke} did not answer (${why}); ${whose} ${are} listed from the directory as stale`;
}
