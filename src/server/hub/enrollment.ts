/**
 * Making an envoy, in an order that leaves nothing half-done wherever it stops:
 *
 *   1. reserve   directory row `enrolling` + one use of the token   (one transaction)
 *   2. adopt     the spoke stores the public key, durably
 *   3. activate  the envoy exists                                    (one transaction)
 *   4. sign      its certificate
 *
 * If 2 fails the reservation is taken back, and the spoke is told in case it has the record after all. A reservation that a
 * crash left behind is taken back at the next start. An answer that got lost is had again by repeating the request with
 * the same key.
 */
import { randomUUID } from 'node:crypto';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { VigoError } from '../../fleet/errors.ts';
import { normalizeHostname } from '../../fleet/hostname.ts';
import { homeSpoke, type PlacementRules } from '../../fleet/placement.ts';
import { isOnline } from '../../fleet/spoke-health.ts';
import { parseCsr } from '../../pki/csr.ts';
import { hashToken } from '../../pki/pinned-token.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Logger } from '../../platform/logger.ts';
import type { DirectoryRepository } from '../store/directory-repository.ts';
import type { MoveRepository } from '../store/move-repository.ts';
import type { TokenRepository } from '../store/token-repository.ts';
import type { Directory, Placement } from './directory.ts';
import type { SpokeMonitor } from './health/spoke-monitor.ts';
import type { Notices } from './notices.ts';
import { failureOf, type PartitionLink, type PartitionLinks } from './partition-links.ts';
import { spokesThatMayServe } from './revocation.ts';
import type { SpokeRegistry } from './spoke-registry.ts';

const ADOPT_TIMEOUT_MS = 10_000;

export interface EnrollmentOptions {
  readonly directory: Directory;
  readonly repository: DirectoryRepository;
  readonly tokens: TokenRepository;
  readonly moves: Pick<MoveRepository, 'findItem'>;
  readonly links: PartitionLinks;
  readonly monitor: SpokeMonitor;
  readonly registry: SpokeRegistry;
  readonly notices: Notices;
  readonly rules: PlacementRules;
  readonly duplicateHostname: 'reject' | 'replace';
  /** Throws LICENSE_EXHAUSTED when one more than `enrolled` is too many. */
  readonly checkCapacity: (enrolled: number) => void;
  /** Signs an envoy certificate, PEM. */
  readonly sign: (envoy: { id: string; hostname: string; publicKey: Uint8Array }) => Promise<string>;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface Enrolled {
  readonly placement: Placement;
  readonly link: PartitionLink;
  readonly certificatePem: string;
}

export interface Enrollment {
  /** Throws INVALID_HOSTNAME, INVALID_CSR, TOKEN_*, NO_SPOKE_FOR_HOSTNAME, HOSTNAME_TAKEN, SPOKE_*, LICENSE_EXHAUSTED. */
  enroll(request: { token: string; hostname: string; csr: Uint8Array }): Promise<Enrolled>;
  /** Takes back what a crash left behind. */
  recover(): Promise<void>;
}

export function createEnrollment(options: EnrollmentOptions): Enrollment {
  const { directory, repository, notices, logger } = options;

  const finish = async (placement: Placement, publicKey: Uint8Array): Promise<Enrolled> => ({
    placement,
    link: options.links.get(placement.spoke),
    certificatePem: await options.sign({ id: placement.id, hostname: placement.hostname, publicKey }),
  });

  const abandon = async (placement: Placement): Promise<void> => {
    const { id, spoke } = placement;
    // An activation that reported a failure may be on disk all the same: then the envoy exists and must not be forgotten.
    const taken = await repository.abandon({ id, spoke, epoch: placement.epoch, noticeSeq: notices.nextSeq() });
    if (!taken) return directory.activate(id);
    directory.remove(id);
    notices.added(spoke, 1);
  };

  return {
    async enroll({ token, hostname: name, csr }) {
      const hostname = normalizeHostname(name);
      const { publicKeyDer } = await checkedCsr(csr, hostname);
      const tokenHash = hashToken(token);
      const repeated = await findRepeated(options, hostname, publicKeyDer, tokenHash);
      if (repeated) return finish(repeated, publicKeyDer);
      // Before anything is said about spokes and names: who has no token learns nothing of them.
      await options.tokens.requireUsable(tokenHash, options.clock.now());
      const link = await chooseSpoke(options, hostname);
      const placement = await reserve(options, {
        hostname,
        publicKey: publicKeyDer,
        spoke: link.spec.id,
        tokenHash,
      });
      try {
        await adopt(link, placement, publicKeyDer);
      } catch (error) {
        await directory.mutex.run(() => abandon(placement));
        const why = failureOf(link, error).message;
        logger.warn({ hostname, spoke: link.spec.id, error: why }, 'enrolment taken back');
        throw new VigoError(
          'SPOKE_UNAVAILABLE',
          `spoke ${link.spec.id} did not take ${hostname}: ${why}; try again later`,
          {
            cause: error,
          },
        );
      }
      try {
        await activate(options, placement);
      } catch (error) {
        // A name that is taken by nobody would stay taken until the next start.
        await directory.mutex.run(() => abandon(placement));
        throw error;
      }
      logger.info({ envoy: placement.id, hostname, spoke: link.spec.id }, 'envoy enrolled');
      return finish(placement, publicKeyDer);
    },
    recover: () =>
      directory.mutex.run(async () => {
        for (const row of await repository.loadLive()) {
          const placement = row.state === 'enrolling' ? directory.get(row.id) : undefined;
          if (placement) await abandon(placement);
        }
      }),
  };
}

async function checkedCsr(csr: Uint8Array, hostname: string): Promise<{ publicKeyDer: Buffer }> {
  const parsed = await parseCsr(csr);
  const names = [parsed.commonName, ...parsed.dnsNames];
  const lie = names.find((name) => name.toLowerCase() !== hostname);
  if (lie !== undefined) {
    throw new VigoError(
      'INVALID_CSR',
      `the certificate request names ${JSON.stringify(lie)}, but the host name is ${hostname}`,
    );
  }
  return parsed;
}

/** The same key and host name once more: the answer got lost. Its token may be used up by now, but must not be revoked. */
async function findRepeated(
  { directory, repository, tokens }: EnrollmentOptions,
  hostname: string,
  publicKey: Buffer,
  tokenHash: string,
): Promise<Placement | undefined> {
  const placement = directory.byHostname(hostname);
  if (!placement) return undefined;
  const [row, token] = await Promise.all([repository.find(placement.id), tokens.findEnrollmentToken(tokenHash)]);
  const same =
    row && token && row.token_id === token.id && token.revoked_at === null && publicKey.equals(row.public_key);
  return same ? placement : undefined;
}

async function chooseSpoke(options: EnrollmentOptions, hostname: string): Promise<PartitionLink> {
  const id = homeSpoke(options.rules, hostname);
  if (id === undefined) {
    const patterns = options.links.all
      .map(({ spec }) => `${spec.id}: ${spec.patterns.join(' ') || '(none)'}`)
      .join('; ');
    throw new VigoError(
      'NO_SPOKE_FOR_HOSTNAME',
      `no spoke's patterns match ${hostname} (${patterns}): add a pattern, or set spanner.default_spoke`,
    );
  }
  const link = options.links.get(id);
  const known = await options.monitor.known(id);
  // It may have been started, or have come back, since its last probe.
  const view = known && isOnline(known.health.health) ? known : await options.monitor.retry(id);
  if (!view || !isOnline(view.health.health)) {
    const why = view?.health.reason || view?.health.health || 'not probed';
    throw new VigoError(
      'SPOKE_UNAVAILABLE',
      `spoke ${id}, which ${hostname} belongs to, takes no envoys now (${why}): try again later`,
    );
  }
  requireEligible(options, id, hostname);
  return link;
}

function requireEligible({ registry }: EnrollmentOptions, id: string, hostname: string): void {
  const { eligibility } = registry.get(id);
  if (eligibility !== 'eligible') {
    throw new VigoError(
      'SPOKE_NOT_ELIGIBLE',
      `spoke ${id}, which ${hostname} belongs to, is ${eligibility}: \`vigocli spanner uncordon ${id}\` lets it take envoys again`,
    );
  }
}

interface Reservation {
  readonly hostname: string;
  readonly publicKey: Buffer;
  readonly spoke: string;
  readonly tokenHash: string;
}

function reserve(options: EnrollmentOptions, wish: Reservation): Promise<Placement> {
  const { directory, repository, clock } = options;
  return directory.mutex.run(async () => {
    const taken = directory.enrollingAs(wish.hostname) ?? directory.byHostname(wish.hostname);
    const replaces = taken && !taken.enrolling && options.duplicateHostname === 'replace' ? taken : undefined;
    if (taken && !replaces) {
      const why = taken.enrolling
        ? 'is being enrolled in this moment'
        : `is enrolled already, as envoy ${taken.id} on ${taken.spoke}`;
      throw new VigoError(
        'HOSTNAME_TAKEN',
        `${wish.hostname} ${why}: \`vigocli envoys revoke ${wish.hostname}\` frees the name, or set enrollment.duplicate_hostname: replace`,
      );
    }
    // Once more, now that nothing changes any more: a drain may have begun since.
    requireEligible(options, wish.spoke, wish.hostname);
    options.checkCapacity(directory.size - (replaces ? 1 : 0));
    const row = {
      id: randomUUID(),
      hostname: wish.hostname,
      spoke_id: wish.spoke,
      epoch: 1,
      max_epoch: 1,
      state: 'enrolling' as const,
      public_key: wish.publicKey,
      enrolled_at: clock.now(),
      revoked_at: null,
      token_id: '',
    };
    await repository.reserve(row, wish.tokenHash, clock.now());
    return directory.add(row);
  });
}

async function adopt(link: PartitionLink, placement: Placement, publicKey: Buffer): Promise<void> {
  const { adoptedIds } = await link.client.adopt(
    {
      envoys: [
        {
          id: placement.id,
          hostname: placement.hostname,
          publicKey,
          epoch: placement.epoch,
          enrolledAt: timestampFromMs(placement.enrolledAt),
        },
      ],
    },
    { timeoutMs: ADOPT_TIMEOUT_MS },
  );
  if (!adoptedIds.includes(placement.id)) throw new Error('it knows this envoy under a higher epoch');
}

/**
 * The envoy exists; the one that it replaces is revoked in the same moment. That is the one that has its name by now: while a
 * restored hub is being reconciled, one may have come to light since the name was reserved.
 */
function activate(options: EnrollmentOptions, placement: Placement): Promise<void> {
  const { directory, repository, notices, clock, logger } = options;
  return directory.mutex.run(async () => {
    const old = directory.byHostname(placement.hostname);
    if (old && options.duplicateHostname === 'reject')
      logger.warn(
        { hostname: old.hostname, envoy: old.id, spoke: old.spoke },
        'came to light while its name was taken: revoked',
      );
    const told = old ? await spokesThatMayServe(options.moves, old) : [];
    await repository.activate(
      placement.id,
      clock.now(),
      old && { id: old.id, notices: told.map((spoke) => ({ spoke, seq: notices.nextSeq() })) },
    );
    if (old) directory.remove(old.id);
    for (const spoke of told) {
      notices.added(spoke, 1);
      void notices.deliver(spoke);
    }
    directory.activate(placement.id);
  });
}
