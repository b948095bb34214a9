/** Envoys that no spoke serves and that fit nowhere. */
import type { Directory } from '../directory.ts';
import type { PartitionLinks } from '../partition-links.ts';
import type { Failover } from './failover.ts';

export interface UnplacedSources {
  readonly links: Pick<PartitionLinks, 'find'>;
  readonly directory: Pick<Directory, 'owners' | 'countOn'>;
  readonly failover: Pick<Failover, 'unplaced'>;
}

/** Owners that are not in the configuration any more. */
export const strangerSpokes = ({ links, directory }: Pick<UnplacedSources, 'links' | 'directory'>): string[] =>
  directory.owners().filter((owner) => !links.find(owner));

/** Those of strangers, and those on failed spokes that no other spoke takes. */
export function countUnplaced(sources: UnplacedSources): number {
  const { directory, failover } = sources;
  return strangerSpokes(sources).reduce((sum, owner) => sum + directory.countOn(owner), failover.unplaced());
}
