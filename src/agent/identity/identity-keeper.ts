/**
 * Keeps the agent's certificate good while it runs: asks a hub for another when it is due (`identity-due.ts`), puts it on disk,
 * lets new connections use it, and tells the hub so. Check-ins go on meanwhile, and nothing that fails here stops them.
 *
 * On disk the CAs come first: cut off in between, the agent trusts whom it is to trust and shows a certificate that is still
 * good, and the next start sees that another is due.
 */
import { X509Certificate } from 'node:crypto';
import { messageOf, VigoError } from '../../fleet/errors.ts';
import { lifeOf } from '../../pki/certificates.ts';
import { identityOfCertificate } from '../../pki/identity.ts';
import { problemOfCertificate } from '../../pki/issued-certificate.ts';
import { certificatesOf, isIssuedByOneOf, trustTag } from '../../pki/trust-bundle.ts';
import { type Clock, deadline } from '../../platform/clock.ts';
import { PRIVATE_FILE, replaceFile } from '../../platform/durable-files.ts';
import type { Logger } from '../../platform/logger.ts';
import type { AgentLink } from '../agent-link.ts';
import type { AgentEndpoint } from '../endpoint.ts';
import type { AgentIdentity } from '../state.ts';
import type { StateDir } from '../state-dir.ts';
import { isConfirmed, noteConfirmed } from './confirmed.ts';
import { type IdentityFacts, type IdentityTries, identityTask, pauseAfter } from './identity-due.ts';

export interface IdentityKeeperOptions {
  readonly dir: StateDir;
  readonly identity: AgentIdentity;
  /** Asked in turn. */
  readonly hubs: readonly AgentEndpoint[];
  readonly link: Pick<AgentLink, 'renewCertificate' | 'confirmCertificate' | 'use'>;
  /** Of each call, milliseconds. */
  readonly callTimeoutMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

export interface IdentityKeeper {
  /** Tag of the CAs that the agent trusts. */
  trustTag(): number;
  /** After every call to a server: does what is due, one thing at a time. Resolves when that is done; never rejects. */
  tend(): Promise<void>;
  /** What a server said at a check-in: the tag of other CAs, or 0. */
  told(tag: number): void;
}

/** A spoke that is behind its hub is believed again after so long. */
const SETTLED_MS = 3_600_000;

export function createIdentityKeeper(options: IdentityKeeperOptions): IdentityKeeper {
  const { dir, hubs, link, clock, logger, signal } = options;
  let identity = options.identity;
  let facts = factsOf(dir, identity);
  let tries: IdentityTries = { toldTag: 0, settled: { tag: 0, until: 0 }, notBefore: 0 };
  let failures = 0;
  let nextHub = 0;
  let running: Promise<void> | undefined;

  const call = async <T>(fn: (hub: AgentEndpoint, within: AbortSignal) => Promise<T>): Promise<T> => {
    const hub = hubs[nextHub % hubs.length];
    if (!hub) throw new VigoError('UNREACHABLE', 'this envoy knows no hub');
    const limit = deadline(clock, options.callTimeoutMs, signal);
    try {
      return await fn(hub, limit.signal);
    } catch (error) {
      nextHub++;
      throw error;
    } finally {
      limit.cancel();
    }
  };

  const renew = async (): Promise<void> => {
    const { toldTag } = tries;
    const answer = await call((hub, within) => link.renewCertificate(hub, within));
    const next = { keyPem: identity.keyPem, certPem: answer.certificatePem, caPem: answer.caPem };
    checkAnswer(identity, next, clock.now());
    await replaceFile(dir.ca, next.caPem, PRIVATE_FILE);
    await replaceFile(dir.cert, next.certPem, PRIVATE_FILE);
    identity = next;
    facts = factsOf(dir, next);
    const settled = { tag: toldTag === facts.trustTag ? 0 : toldTag, until: clock.now() + SETTLED_MS };
    tries = { toldTag: 0, settled, notBefore: 0 };
    link.use(next);
    logger.info({ endsAt: new Date(facts.life.endsAt).toISOString() }, 'new certificate');
  };

  const confirm = async (): Promise<void> => {
    await call((hub, within) => link.confirmCertificate(hub, facts.trustTag, within));
    await noteConfirmed(dir, identity);
    facts = factsOf(dir, identity);
  };

  const work = async (): Promise<void> => {
    try {
      // At most one of each: what has been renewed is confirmed.
      for (let tasks = 0; tasks < 2; tasks++) {
        const task = identityTask(facts, tries, clock.now());
        if (!task || signal.aborted) return;
        await (task === 'renew' ? renew() : confirm());
        failures = 0;
      }
    } catch (error) {
      if (signal.aborted) return;
      const asked = error instanceof VigoError ? error.retryAfterMs : undefined;
      const pause = Math.max(asked ?? 0, pauseAfter(failures++, clock.random()));
      tries = { ...tries, notBefore: clock.now() + pause };
      logger.warn({ error: messageOf(error), retryInMs: Math.round(pause) }, 'certificate not renewed yet');
    }
  };

  return {
    trustTag: () => facts.trustTag,
    told(tag) {
      tries = { ...tries, toldTag: tag };
    },
    tend() {
      running ??= work().finally(() => {
        running = undefined;
      });
      return running;
    },
  };
}

function factsOf(dir: StateDir, identity: AgentIdentity): IdentityFacts {
  const certificate = new X509Certificate(identity.certPem);
  const [first] = certificatesOf(identity.caPem);
  return {
    life: lifeOf(certificate),
    byCurrentCa: first !== undefined && isIssuedByOneOf(certificate, [first]),
    trustTag: trustTag(identity.caPem),
    confirmed: isConfirmed(dir, identity),
  };
}

/** Throws what is wrong with the answer; nothing was stored. */
function checkAnswer(before: AgentIdentity, next: AgentIdentity, now: number): void {
  const identity = identityOfCertificate(new X509Certificate(before.certPem));
  if (!identity) throw new VigoError('AGENT_STATE_INVALID', "the agent's own certificate carries no identity");
  const { certPem: certificatePem, caPem, keyPem } = next;
  const problem = problemOfCertificate({ certificatePem, caPem, keyPem, identity, now });
  if (problem) throw new VigoError(problem.code, `the hub's new certificate is not usable: ${problem.why}`);
}
