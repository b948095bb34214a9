/**
 * What a probe that failed says: that the spoke does not answer, that it has too much to do, or that the hub itself is at fault.
 *
 * Only the first is counted. An answer, be it a refusal, is a sign of life; a hub without working names, files, certificate or
 * license knows nothing about its spokes.
 */
import { ConnectError } from '@connectrpc/connect';
import type { VigoError } from '../../../fleet/errors.ts';
import type { ProbeResult } from '../../../fleet/spoke-health.ts';
import { ErrorDetailSchema } from '../../../gen/vigo/v1/types_pb.js';
import { causesOf } from '../../../rpc/errors.ts';
import { failureOf, type PartitionLink } from '../partition-links.ts';

/** Node's codes for what this machine lacks: names, open files, addresses, a network. */
const OWN_CODES = new Set([
  'ENOTFOUND',
  'EAI_AGAIN',
  'EAI_FAIL',
  'EMFILE',
  'ENFILE',
  'ENOBUFS',
  'EADDRNOTAVAIL',
  'ENETDOWN',
  'ENETUNREACH',
]);
/** TLS alerts: the spoke has looked at the hub's certificate and refuses it. */
const CERTIFICATE_REFUSED = /ALERT.*(CERTIFICATE|UNKNOWN_CA|ACCESS_DENIED)/;
/** A timer that fires so much too late was not late because of the spoke: this process stood still, milliseconds. */
const STALLED_MS = 2_000;

export interface FailedProbe {
  readonly link: PartitionLink;
  readonly error: unknown;
  /** How long it took, and how long it should have taken at most, milliseconds. */
  readonly tookMs: number;
  readonly timeoutMs: number;
}

export function judgeFailure(probe: FailedProbe): { outcome: Exclude<ProbeResult['outcome'], 'good'>; reason: string } {
  const { link, error, tookMs, timeoutMs } = probe;
  const failure = failureOf(link, error);
  const reason = failure.message;
  if (tookMs > timeoutMs + STALLED_MS) {
    return { outcome: 'own_fault', reason: `the hub stood still for ${Math.round((tookMs - timeoutMs) / 1000)} s` };
  }
  const chain = causesOf(error);
  if (isOwnFault(failure, chain)) return { outcome: 'own_fault', reason };
  return { outcome: isBusy(failure, chain) ? 'busy' : 'bad', reason };
}

function isOwnFault(failure: VigoError, chain: readonly Error[]): boolean {
  if (failure.code.startsWith('LICENSE_')) return true;
  // The spoke does not know us as its hub; who is not the spoke at all is found out by our own side, without a detail.
  if (answered(chain) && (failure.kind === 'permission_denied' || failure.kind === 'unauthenticated')) return true;
  return chain.some(
    ({ code }: NodeJS.ErrnoException) => OWN_CODES.has(code ?? '') || CERTIFICATE_REFUSED.test(code ?? ''),
  );
}

function isBusy(failure: VigoError, chain: readonly Error[]): boolean {
  if (answered(chain)) return failure.kind === 'resource_exhausted' || failure.kind === 'unavailable';
  // A proxy in between, which sends no detail.
  return chain.some((cause) => cause instanceof ConnectError && /^HTTP (429|503)\b/.test(cause.rawMessage));
}

/** Whether a vigo server has said so itself. */
const answered = (chain: readonly Error[]): boolean =>
  chain.some((cause) => cause instanceof ConnectError && cause.findDetails(ErrorDetailSchema).length > 0);
