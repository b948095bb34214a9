/** The part of `AdminService` that is about envoys: list, show, revoke. */

import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { ServiceImpl } from '@connectrpc/connect';
import type { AdminService } from '../../../gen/vigo/v1/admin_pb.js';
import { sortSpec } from '../../../rpc/envoy-sort.ts';
import type { DirectoryRepository } from '../../store/directory-repository.ts';
import type { Directory, Placement } from '../directory.ts';
import { findEnvoy } from '../find-envoy.ts';
import { isJsonObject } from '../json-object.ts';
import { type EnvoyLists, envoyMessage } from '../listing/envoy-lists.ts';
import { standInRow } from '../listing/stand-in.ts';
import type { PartitionLinks } from '../partition-links.ts';
import type { Revocation } from '../revocation.ts';
import type { RunLists } from '../runs/run-lists.ts';

const RECENT_RUNS = 10;

export interface EnvoyAdminOptions {
  readonly directory: Directory;
  readonly repository: DirectoryRepository;
  readonly links: PartitionLinks;
  readonly lists: EnvoyLists;
  readonly runs: Pick<RunLists, 'recent'>;
  readonly revocation: Revocation;
  /** Deadline of a question to one spoke, milliseconds. */
  readonly timeoutMs: number;
}

type Methods = 'listEnvoys' | 'streamEnvoys' | 'getEnvoy' | 'revokeEnvoy';

export function createEnvoyAdmin(options: EnvoyAdminOptions): Pick<ServiceImpl<typeof AdminService>, Methods> {
  const { lists, revocation } = options;
  return {
    listEnvoys: ({ filter, sort, descending, cursor, limit }, context) =>
      lists.page({ ...restriction(filter), sort: sortSpec(sort, descending), cursor, limit }, context.signal),
    streamEnvoys: ({ filter, sort, descending }, context) =>
      lists.stream({ ...restriction(filter), sort: sortSpec(sort, descending) }, context.signal),
    getEnvoy: (request, context) => showEnvoy(options, findEnvoy(options.directory, request.envoy), context.signal),
    async revokeEnvoy(request) {
      const { id, hostname } = findEnvoy(options.directory, request.envoy);
      return { id, hostname, delivered: await revocation.revoke(id) };
    },
  };
}

function restriction(filter: { hostname: string; spoke: string; statuses: number[] } | undefined) {
  return { hostname: filter?.hostname ?? '', spoke: filter?.spoke ?? '', statuses: filter?.statuses ?? [] };
}

async function showEnvoy(options: EnvoyAdminOptions, placement: Placement, signal: AbortSignal) {
  const { lists, repository, runs } = options;
  const history = await repository.history(placement.id);
  const [page, recent, traits] = await Promise.all([
    // The list's own way, so that one envoy is shown just as it is listed.
    lists.page({ hostname: placement.hostname, spoke: placement.spoke, limit: 1 }, signal),
    // Runs stay where they were made: on the spokes that it was on.
    runs.recent(
      [...new Set([placement.spoke, ...history.map((row) => row.spoke_id)])],
      placement.id,
      RECENT_RUNS,
      signal,
    ),
    readTraits(options, placement, signal),
  ]);
  const warnings = page.warnings ?? [];
  return {
    envoy: page.envoys.find((envoy) => envoy.id === placement.id) ?? envoyMessage(standInRow(placement)),
    traits,
    placements: history.map((row) => ({
      spoke: row.spoke_id,
      epoch: row.epoch,
      at: timestampFromMs(Number(row.at)),
      reason: row.reason,
      moveId: row.move_id ?? '',
    })),
    moveId: placement.moveId ?? '',
    recentRuns: recent.runs,
    warnings: [...warnings, ...recent.warnings.filter(({ spoke }) => !warnings.some((known) => known.spoke === spoke))],
  };
}

/** Undefined if the spoke does not answer: the list's warning says so already. */
async function readTraits({ links, timeoutMs }: EnvoyAdminOptions, placement: Placement, signal: AbortSignal) {
  try {
    const answer = await links.find(placement.spoke)?.client.getEnvoys({ ids: [placement.id] }, { timeoutMs, signal });
    const json = answer?.envoys[0]?.traitsJson;
    const value: unknown = json?.length ? JSON.parse(new TextDecoder().decode(json)) : undefined;
    return isJsonObject(value) ? value : undefined;
  } catch (error) {
    if (signal.aborted) throw error;
    return undefined;
  }
}
