/** What the envoy list shows, in the address bar and in the protocol: a filtered list can be kept and passed on as a link. */
import { EnvoySort, EnvoyStatus } from '../../../src/gen/vigo/v1/types_pb.js';
import { STATUS_PARTS } from './compliance.ts';

export interface EnvoyFilters {
  /** Glob over host names; empty for all. */
  readonly hostname: string;
  /** Id of a spoke; empty for all. */
  readonly spoke: string;
  /** Any of these; empty for all. */
  readonly statuses: readonly EnvoyStatus[];
  readonly sort: 'hostname' | 'enrolledAt';
  readonly descending: boolean;
}

/** As the command line writes statuses: "no_data". */
const nameOf = (status: EnvoyStatus): string => EnvoyStatus[status].toLowerCase();

/** What cannot be understood is left out: a link from elsewhere still shows a list. */
export function readFilters(params: URLSearchParams): EnvoyFilters {
  const sort = params.get('sort') ?? 'hostname';
  const wanted = new Set((params.get('status') ?? '').split(','));
  return {
    hostname: params.get('hostname') ?? '',
    spoke: params.get('spoke') ?? '',
    statuses: STATUS_PARTS.map(({ status }) => status).filter((status) => wanted.has(nameOf(status))),
    sort: sort.replace(/^-/, '') === 'enrolledAt' ? 'enrolledAt' : 'hostname',
    descending: sort.startsWith('-'),
  };
}

/** Without what is usual, so that the address stays short. */
export function writeFilters(filters: EnvoyFilters): URLSearchParams {
  const params = new URLSearchParams();
  if (filters.hostname) params.set('hostname', filters.hostname);
  if (filters.spoke) params.set('spoke', filters.spoke);
  if (filters.statuses.length > 0) params.set('status', filters.statuses.map(nameOf).join(','));
  const sort = `${filters.descending ? '-' : ''}${filters.sort}`;
  if (sort !== 'hostname') params.set('sort', sort);
  return params;
}

/** A link to the list with these. */
export function envoysLink(filters: Partial<EnvoyFilters>): string {
  const all = { hostname: '', spoke: '', statuses: [], sort: 'hostname', descending: false, ...filters } as const;
  const query = writeFilters(all).toString();
  return query === '' ? '/envoys' : `/envoys?${query}`;
}

/** For ListEnvoys. A name without any sign of a glob is looked for anywhere in host names. */
export function envoyRequest({ hostname, spoke, statuses, sort, descending }: EnvoyFilters) {
  return {
    filter: { hostname: globOf(hostname), spoke, statuses: [...statuses] },
    sort: sort === 'enrolledAt' ? EnvoySort.ENROLLED_AT : EnvoySort.HOSTNAME,
    descending,
  };
}

/** "web" finds "*web*"; "web*" is taken as it is. */
export function globOf(text: string): string {
  const trimmed = text.trim();
  return trimmed === '' || /[*?[\]{}]/.test(trimmed) ? trimmed : `*${trimmed}*`;
}
