/**
 * What an agent must never forget: who it is and where it is served.
 *
 * `state.json` is the last file that an enrolment writes: with it the machine is enrolled, without it it is not.
 */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { messageOf, VigoError } from '../fleet/errors.ts';
import { PRIVATE_FILE, replaceFile } from '../platform/durable-files.ts';
import { readSmallFileIfPresent } from '../platform/small-file.ts';
import { type AgentEndpoint, endpointFrom } from './endpoint.ts';
import type { Placement } from './machine-types.ts';
import type { StateDir } from './state-dir.ts';

export interface AgentState {
  /** UUID. */
  readonly envoyId: string;
  /** The host name under which it is enrolled. */
  readonly hostname: string;
  /** Where a check-in last succeeded; before the first, what the enrolment said. */
  readonly owner: Placement;
  readonly previous: Placement | undefined;
  readonly hubs: readonly AgentEndpoint[];
}

/** Key, certificate and CA, PEM. */
export interface AgentIdentity {
  readonly keyPem: string;
  readonly certPem: string;
  readonly caPem: string;
}

const VERSION = 1;
// More hubs than any fleet has, and few enough for the file to stay under the limit for small files.
const MAX_HUBS = 64;

/** Undefined if the machine is not enrolled. Throws `AGENT_STATE_INVALID` if the file cannot be understood. */
export function loadState(dir: StateDir): AgentState | undefined {
  const text = readState(dir, dir.state);
  if (text === undefined) return undefined;
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw damaged(dir, `${dir.state} is not JSON (${messageOf(error)})`);
  }
  const state = parseState(parsed);
  if (!state) throw damaged(dir, `${dir.state} lacks what an agent needs, or was written by another version`);
  return state;
}

/** Throws `NOT_ENROLLED` without `state.json`, `AGENT_STATE_INVALID` if it or one of the PEM files is damaged or gone. */
export function loadEnrolled(dir: StateDir): { state: AgentState; identity: AgentIdentity } {
  const state = loadState(dir);
  if (!state) {
    throw new VigoError(
      'NOT_ENROLLED',
      `there is no envoy in ${dir.path}: enrol this machine with "vigocli agent enroll", or name another --state-dir`,
    );
  }
  const identity = { keyPem: readPem(dir, dir.key), certPem: readPem(dir, dir.cert), caPem: readPem(dir, dir.ca) };
  checkPair(dir, identity);
  return { state, identity };
}

export async function saveState(dir: StateDir, state: AgentState): Promise<void> {
  await replaceFile(dir.state, `${JSON.stringify({ version: VERSION, ...state }, undefined, 2)}\n`, PRIVATE_FILE);
}

function readPem(dir: StateDir, path: string): string {
  const text = readState(dir, path);
  if (text === undefined) throw damaged(dir, `${path} is gone`);
  if (!text.includes('-----BEGIN ')) throw damaged(dir, `${path} is not PEM`);
  return text;
}

function checkPair(dir: StateDir, { keyPem, certPem }: AgentIdentity): void {
  let pair: boolean;
  try {
    pair = new X509Certificate(certPem).checkPrivateKey(createPrivateKey(keyPem));
  } catch (error) {
    throw damaged(dir, `${dir.key} or ${dir.cert} cannot be read (${messageOf(error)})`);
  }
  if (!pair) throw damaged(dir, `${dir.key} and ${dir.cert} do not belong together`);
}

function readState(dir: StateDir, path: string): string | undefined {
  try {
    return readSmallFileIfPresent(path);
  } catch (error) {
    throw damaged(dir, `${path} cannot be read: ${messageOf(error)}`);
  }
}

function damaged(dir: StateDir, why: string): VigoError {
  return new VigoError(
    'AGENT_STATE_INVALID',
    `the agent's state is damaged: ${why}; restore ${dir.path} from a backup, or empty it, ` +
      'revoke the envoy with "vigocli envoys revoke" and enrol the machine again',
  );
}

function parseState(value: unknown): AgentState | undefined {
  const { version, envoyId, hostname, hubs, ...rest } = (value ?? {}) as Record<string, unknown>;
  const owner = parsePlacement(rest.owner);
  const previous = rest.previous === undefined ? undefined : parsePlacement(rest.previous);
  if (version !== VERSION || typeof envoyId !== 'string' || typeof hostname !== 'string') return undefined;
  if (!owner || (rest.previous !== undefined && !previous)) return undefined;
  if (!Array.isArray(hubs) || hubs.length > MAX_HUBS) return undefined;
  const known = hubs.map((hub) => endpointFrom(hub));
  return known.every((hub) => hub !== undefined) ? { envoyId, hostname, owner, previous, hubs: known } : undefined;
}

function parsePlacement(value: unknown): Placement | undefined {
  const { endpoint, epoch } = (value ?? {}) as Record<string, unknown>;
  const parsed = endpointFrom(endpoint as object | undefined);
  return parsed && Number.isSafeInteger(epoch) && (epoch as number) >= 0
    ? { endpoint: parsed, epoch: epoch as number }
    : undefined;
}
