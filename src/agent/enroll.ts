/**
 * `agent enroll`: makes this machine an envoy.
 *
 * The key is on disk before the request leaves: when the answer is lost, the same command sends the same key again, and
 * the hub answers with the same envoy. `state.json` is written last; until then the machine is not enrolled.
 */
import { hostname as systemHostname } from 'node:os';
import { VigoError } from '../fleet/errors.ts';
import { normalizeHostname } from '../fleet/hostname.ts';
import { createCsr } from '../pki/csr.ts';
import { parsePinnedToken } from '../pki/pinned-token.ts';
import { openOrCreatePrivateKeyFile } from '../pki/private-key-file.ts';
import { type Clock, sleep, systemClock } from '../platform/clock.ts';
import { PRIVATE_FILE, replaceFile } from '../platform/durable-files.ts';
import { keepAlive } from '../platform/keep-alive.ts';
import { nameOf } from './endpoint.ts';
import { type EnrollmentLink, type EnrollmentTarget, openEnrollmentLink } from './enrollment-link.ts';
import { noteConfirmed } from './identity/confirmed.ts';
import { lockStateDir } from './lock.ts';
import { loadState, saveState } from './state.ts';
import { prepareStateDir, removeLeftovers, type StateDir, stateDirAt } from './state-dir.ts';
import { verifyEnrolment } from './verify-enrolment.ts';

export interface EnrollOptions {
  /** From `vigocli tokens create`. */
  readonly token: string;
  readonly stateDir: string;
  /** "https://host:port" of the hub's API; default: what the token says. */
  readonly hubUrl?: string;
  /** Default: the system's. */
  readonly hostname?: string;
  readonly clock?: Clock;
  readonly signal?: AbortSignal;
  /** Default: the real one. */
  readonly connect?: (target: EnrollmentTarget) => Promise<EnrollmentLink>;
}

export interface Enrolled {
  readonly envoyId: string;
  readonly hostname: string;
  /** Id of the owner, or its address if it has none. */
  readonly owner: string;
  readonly stateDir: string;
}

/** The hub asks a spoke and signs: longer than a check-in, but not for ever. */
const CALL_TIMEOUT_MS = 30_000;
/** Of a hub that has too much to do. It spreads thousands that come at once over some minutes. */
const MAX_REFUSALS = 10;

/**
 * Throws `INVALID_HOSTNAME`, `ALREADY_ENROLLED`, `AGENT_RUNNING`, `TOKEN_*`, `CA_MISMATCH`, `DATA_DIR_UNUSABLE`, and
 * whatever the hub refuses with. After any of them nothing but the key is in the state directory, or what was there.
 */
export async function enroll(options: EnrollOptions): Promise<Enrolled> {
  const hostname = normalizeHostname(options.hostname ?? systemHostname());
  const { hubUrl, caDigest } = parsePinnedToken('enroll', options.token);
  const dir = stateDirAt(options.stateDir);
  await prepareStateDir(dir);
  const lock = await lockStateDir(dir);
  const letGo = keepAlive();
  try {
    await removeLeftovers(dir);
    refuseIfEnrolled(dir);
    const target = { hubUrl: options.hubUrl ?? hubUrl, caDigest, timeoutMs: CALL_TIMEOUT_MS };
    return await enrollLocked(options, dir, hostname, target);
  } finally {
    letGo();
    await lock.release();
  }
}

async function enrollLocked(
  options: EnrollOptions,
  dir: StateDir,
  hostname: string,
  target: EnrollmentTarget,
): Promise<Enrolled> {
  const clock = options.clock ?? systemClock;
  const { pem: keyPem } = await openOrCreatePrivateKeyFile(dir.key);
  const csr = await createCsr({ privateKeyPem: keyPem, commonName: hostname, dnsNames: [hostname] });
  const link = await (options.connect ?? openEnrollmentLink)(target);
  try {
    const signal = options.signal ?? new AbortController().signal;
    const request = { token: options.token.trim(), hostname, csr: new Uint8Array(csr) };
    const response = await whenThereIsRoom(clock, signal, () => link.enroll(request, signal));
    const state = verifyEnrolment({ response, hostname, keyPem, pinnedCaPem: link.caPem, now: clock.now() });
    await replaceFile(dir.ca, response.caPem, PRIVATE_FILE);
    await replaceFile(dir.cert, response.certificatePem, PRIVATE_FILE);
    // The hub has noted what it gave.
    await noteConfirmed(dir, { keyPem, certPem: response.certificatePem, caPem: response.caPem });
    await saveState(dir, state);
    return { envoyId: state.envoyId, hostname, owner: nameOf(state.owner.endpoint), stateDir: dir.path };
  } finally {
    link.close();
  }
}

/** Comes back when a hub that is busy has said, some times; throws everything else. */
async function whenThereIsRoom<T>(clock: Clock, signal: AbortSignal, call: () => Promise<T>): Promise<T> {
  for (let refusals = 1; ; refusals++) {
    try {
      return await call();
    } catch (error) {
      const retryAfterMs = error instanceof VigoError ? error.retryAfterMs : undefined;
      if (retryAfterMs === undefined || refusals > MAX_REFUSALS || signal.aborted) throw error;
      await sleep(clock, retryAfterMs, signal);
    }
  }
}

function refuseIfEnrolled(dir: StateDir): void {
  const state = loadState(dir);
  if (!state) return;
  throw new VigoError(
    'ALREADY_ENROLLED',
    `${dir.path} already holds envoy ${state.envoyId} (${state.hostname}): start it with "vigocli agent run", ` +
      'or name another --state-dir',
  );
}
