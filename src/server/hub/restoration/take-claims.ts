/**
 * Brings what a spoke claims into the directory: decided and written under the directory's lock, in one transaction, with the
 * notices to other spokes that follow from it.
 */
import { countChanges, type EnvoyChange, reconcileClaims } from '../../../fleet/directory-reconciliation.ts';
import type { Claim, KnownEnvoy, Order } from '../../../fleet/envoy-claims.ts';
import type { Clock } from '../../../platform/clock.ts';
import type { Logger } from '../../../platform/logger.ts';
import type { ClaimsRepository } from '../../store/claims-repository.ts';
import type { PlacementsTable, SpokeNoticesTable } from '../../store/hub-schema.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import type { Directory, Placement } from '../directory.ts';
import type { Notices } from '../notices.ts';

export interface TakeClaimsOptions {
  readonly directory: Directory;
  readonly repository: ClaimsRepository;
  readonly notices: Pick<Notices, 'nextSeq' | 'added'>;
  readonly audit: Pick<AuditLog, 'record'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly logger: Logger;
}

/** `keys`: public keys of envoys that may enter the directory, by id. Returns how many claims were not believed. */
export async function takeClaims(
  options: TakeClaimsOptions,
  spoke: string,
  claims: readonly Claim[],
  keys: ReadonlyMap<string, Uint8Array>,
): Promise<number> {
  const { directory, repository } = options;
  const { duplicates, disbelieved } = await directory.mutex.run(async () => {
    const known = await knownTo(options, claims);
    const result = reconcileClaims({
      spoke,
      // Whom an enrolment is about to make, no spoke can have known before.
      claims: claims.filter(({ id }) => !directory.get(id)?.enrolling),
      known,
      named: (hostname) => knownFrom(directory.byHostname(hostname)),
    });
    if (result.changes.length === 0 && result.orders.length === 0) return result;
    const notices = result.orders.map((order) => noticeOf(order, options.notices.nextSeq()));
    const after = result.changes.map((change) => change.after);
    const { stored, added } = divide(result.changes);
    const entered = added.map((envoy) => rowOf(envoy, keys.get(envoy.id), options.clock.now()));
    await repository.take({
      spoke,
      changed: stored.toSorted((a, b) => Number(b.revoked) - Number(a.revoked)),
      entered,
      strangers: after.filter(({ identity, revoked }) => !identity && !revoked),
      notices,
      numbers: countChanges(result.changes),
      now: options.clock.now(),
    });
    apply(directory, stored, entered);
    for (const { spoke_id } of notices) options.notices.added(spoke_id, 1);
    return result;
  });
  if (duplicates.length > 0) await tellOfDuplicates(options, spoke, duplicates);
  return disbelieved;
}

async function knownTo({ directory, repository }: TakeClaimsOptions, claims: readonly Claim[]) {
  const missing = claims.map(({ id }) => id).filter((id) => !directory.get(id));
  const onDisk = await repository.known(missing);
  // One object for one envoy: whether something has changed is seen by comparing.
  const seen = new Map<string, KnownEnvoy | undefined>();
  return (id: string): KnownEnvoy | undefined => {
    if (!seen.has(id)) seen.set(id, knownFrom(directory.get(id)) ?? onDisk.get(id));
    return seen.get(id);
  };
}

function knownFrom(placement: Placement | undefined): KnownEnvoy | undefined {
  if (!placement) return undefined;
  const { id, hostname, enrolledAt, spoke, epoch, maxEpoch } = placement;
  return { id, identity: { hostname, enrolledAt }, spoke, epoch, maxEpoch, revoked: false };
}

/** Those that have a row already, and those that get one: strangers get none, unless they were revoked. */
function divide(changes: readonly EnvoyChange[]): { stored: KnownEnvoy[]; added: KnownEnvoy[] } {
  const stored = changes.filter(({ before }) => before?.identity).map(({ after }) => after);
  const added = changes
    .filter(({ before, after }) => !before?.identity && (after.identity || after.revoked))
    .map(({ after }) => after);
  return { stored, added };
}

/** A revoked envoy of which nobody knows who it was has a row all the same: its spoke may itself be restored some day. */
function rowOf(envoy: KnownEnvoy, key: Uint8Array | undefined, now: number): PlacementsTable {
  return {
    id: envoy.id,
    hostname: envoy.identity?.hostname ?? '',
    spoke_id: envoy.spoke,
    epoch: envoy.epoch,
    max_epoch: envoy.maxEpoch,
    state: envoy.revoked ? 'revoked' : 'active',
    public_key: key ?? new Uint8Array(),
    enrolled_at: envoy.identity?.enrolledAt ?? 0,
    revoked_at: envoy.revoked ? now : null,
    token_id: '',
  };
}

function apply(directory: Directory, stored: readonly KnownEnvoy[], entered: readonly PlacementsTable[]): void {
  for (const { id, revoked } of stored) if (revoked) directory.remove(id);
  for (const { id, spoke, epoch, maxEpoch, revoked } of stored) {
    const placement = directory.get(id);
    if (revoked || !placement) continue;
    if (placement.spoke !== spoke || placement.epoch !== epoch) directory.reassign(id, spoke, epoch);
    placement.maxEpoch = maxEpoch;
  }
  directory.enter(entered.filter(({ state }) => state === 'active'));
}

const noticeOf = ({ spoke, kind, id, to, epoch }: Order, seq: number): SpokeNoticesTable => ({
  seq,
  spoke_id: spoke,
  envoy_id: id,
  kind,
  target_spoke: kind === 'release' ? to : null,
  epoch,
  move_id: null,
});

async function tellOfDuplicates(
  { audit, logger }: TakeClaimsOptions,
  spoke: string,
  hostnames: readonly string[],
): Promise<void> {
  const detail = 'two envoys had one host name after the restore: the one that was enrolled earlier was revoked';
  logger.warn({ spoke, hostnames: hostnames.slice(0, 20), count: hostnames.length }, detail);
  await audit.record({ actor: 'hub', action: 'envoy.duplicate', subject: spoke, detail, envoys: hostnames });
}
