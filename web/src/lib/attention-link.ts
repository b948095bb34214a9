/** Where something that wants looking at can be dealt with. */
import type { Attention } from '../../../src/gen/vigo/v1/admin_pb.js';
import { envoysLink, readFilters } from './envoy-filters.ts';
import { movePath, spokePath } from './paths.ts';

/** Undefined: nowhere in particular. */
export function attentionLink({ kind, subject }: Pick<Attention, 'kind' | 'subject'>): string | undefined {
  if (kind.startsWith('spoke')) return subject ? spokePath(subject) : '/spanner';
  if (kind.startsWith('move')) return subject ? movePath(subject) : '/spanner/moves';
  if (kind.startsWith('config')) return '/config';
  if (kind.startsWith('license')) return '/settings';
  if (kind.startsWith('audit')) return '/audit';
  if (kind.startsWith('failover') || kind === 'unplaced') return '/spanner';
  if (kind.startsWith('envoy')) return envoysLink(readFilters(new URLSearchParams({ status: subject })));
  return undefined;
}
