/** Taking an envoy its identity away: at once in the directory, and on every spoke that may serve it. */
import { VigoError } from '../../fleet/errors.ts';
import type { Clock } from '../../platform/clock.ts';
import type { DirectoryRepository } from '../store/directory-repository.ts';
import type { MoveRepository } from '../store/move-repository.ts';
import type { Directory, Placement } from './directory.ts';
import type { Notices } from './notices.ts';

export interface Revocation {
  /** Durable before it resolves. True if the owner has confirmed; if not, it is told before it counts as healthy again. */
  revoke(id: string): Promise<boolean>;
}

export interface RevocationOptions {
  readonly directory: Directory;
  readonly repository: DirectoryRepository;
  readonly moves: MoveRepository;
  readonly notices: Notices;
  readonly clock: Clock;
}

/** Its owner and, while it moves, the target, which may have adopted it or be about to. */
export async function spokesThatMayServe(
  moves: Pick<MoveRepository, 'findItem'>,
  { id, spoke, moveId }: Placement,
): Promise<string[]> {
  const item = moveId ? await moves.findItem(moveId, id) : undefined;
  return [...new Set([spoke, ...(item ? [item.to_spoke] : [])])];
}

export function createRevocation(options: RevocationOptions): Revocation {
  const { directory, repository, moves, notices, clock } = options;
  return {
    async revoke(id) {
      const spokes = await directory.mutex.run(async () => {
        const placement = directory.get(id);
        if (!placement) throw new VigoError('ENVOY_NOT_FOUND', `envoy ${id} was revoked already`);
        const told = await spokesThatMayServe(moves, placement);
        const now = clock.now();
        await repository.revoke({
          id,
          epoch: placement.epoch,
          now,
          notices: told.map((spoke) => ({ spoke, seq: notices.nextSeq() })),
        });
        directory.remove(id);
        for (const spoke of told) notices.added(spoke, 1);
        return told;
      });
      const left = await Promise.all(spokes.map((spoke) => notices.deliver(spoke)));
      return left.every((count) => count === 0);
    },
  };
}
