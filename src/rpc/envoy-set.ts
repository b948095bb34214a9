/**
 * A digest of a set of envoys that changes with its members: hub and spoke compare it to see whether they agree on who is
 * where, so that a list need not say it again for each row.
 *
 * The members' digests are combined by exclusive or: order does not matter, and a change costs one member's digest. It
 * detects disagreement, not deceit: a spoke that lies can only lie about its own envoys' state, which it could anyway.
 */
import { hash } from 'node:crypto';

export interface EnvoySetMember {
  readonly id: string;
  readonly hostname: string;
  readonly epoch: number;
  /** Milliseconds since 1970 UTC. */
  readonly enrolledAt: number;
}

export interface EnvoySet {
  add(member: EnvoySetMember): void;
  /** The member must be in the set just as it is here. */
  remove(member: EnvoySetMember): void;
  /** 32 bytes; all zero for the empty set. */
  digest(): Uint8Array;
}

export function createEnvoySet(): EnvoySet {
  const combined = new Uint8Array(32);
  const toggle = ({ id, hostname, epoch, enrolledAt }: EnvoySetMember): void => {
    const digest = hash('sha256', `${id} ${hostname} ${epoch} ${enrolledAt}`, 'buffer');
    for (let i = 0; i < combined.length; i++) combined[i] = (combined[i] ?? 0) ^ (digest[i] ?? 0);
  };
  return { add: toggle, remove: toggle, digest: () => combined.slice() };
}
