/** The partitions that a hub knows, each a `SpokeService` client: where it runs is decided by who makes the links. */
import type { Client } from '@connectrpc/connect';
import { VigoError } from '../../fleet/errors.ts';
import type { SpokeSpec } from '../../fleet/placement.ts';
import type { Health } from '../../gen/grpc/health/v1/health_pb.js';
import type { SpokeService } from '../../gen/vigo/v1/spoke_pb.js';
import { toVigoError } from '../../rpc/errors.ts';

/** Where agents find a partition, and who must answer there. */
export interface PartitionEndpoint {
  readonly address: string;
  readonly identity: string;
  readonly spokeId: string;
}

export interface PartitionLink {
  readonly spec: SpokeSpec;
  readonly endpoint: PartitionEndpoint;
  readonly client: Client<typeof SpokeService>;
  /** Says whether it serves; undefined for the partition in this process. */
  readonly health?: Client<typeof Health>;
}

/** What went wrong with a call to `link`, in words that name it. */
export function failureOf({ spec }: PartitionLink, error: unknown): VigoError {
  return toVigoError(error, { target: spec.addr ? `spoke ${spec.id} at ${spec.addr}` : `partition ${spec.id}` });
}

export interface PartitionLinks {
  /** In the order of the configuration. */
  readonly all: readonly PartitionLink[];
  find(id: string): PartitionLink | undefined;
  /** Throws `SPOKE_NOT_FOUND` with the ids that exist. */
  get(id: string): PartitionLink;
}

export function createPartitionLinks(links: readonly PartitionLink[]): PartitionLinks {
  const byId = new Map(links.map((link) => [link.spec.id, link]));
  return {
    all: links,
    find: (id) => byId.get(id),
    get(id) {
      const link = byId.get(id);
      if (link) return link;
      const known = [...byId.keys()].join(', ');
      throw new VigoError('SPOKE_NOT_FOUND', `no spoke ${JSON.stringify(id)}; known spokes: ${known}`);
    },
  };
}
