/** What `agent status` shows: read from the state directory, without asking anyone. */
import { X509Certificate } from 'node:crypto';
import { type ConvergenceStatus, readConvergenceStatus } from './convergence-status.ts';
import { nameOf } from './endpoint.ts';
import { lockHolder } from './lock.ts';
import { loadEnrolled, loadState } from './state.ts';
import { stateDirAt } from './state-dir.ts';
import { readStatusFile } from './status-file.ts';

export interface AgentStatus extends ConvergenceStatus {
  readonly stateDir: string;
  readonly enrolled: boolean;
  readonly running: boolean;
  /** Of the running agent. */
  readonly pid: number | null;
  readonly envoyId: string | null;
  readonly hostname: string | null;
  /** Id of the owner, or its address if it has none. */
  readonly spoke: string | null;
  /** "host:port" of the owner. */
  readonly address: string | null;
  readonly epoch: number | null;
  /** ISO 8601 UTC; may lag by a minute. */
  readonly lastCheckinAt: string | null;
  /** Why the last call failed; null if it did not. */
  readonly lastError: { readonly code: string; readonly message: string } | null;
  /** ISO 8601 UTC. */
  readonly certificateExpiresAt: string | null;
}

/** A machine that is not enrolled is no error. Throws `AGENT_STATE_INVALID` if its state is damaged. */
export async function agentStatus(options: { readonly stateDir: string }): Promise<AgentStatus> {
  const dir = stateDirAt(options.stateDir);
  const pid = lockHolder(dir) ?? null;
  const empty = {
    stateDir: dir.path,
    enrolled: false,
    running: pid !== null,
    pid,
    envoyId: null,
    hostname: null,
    spoke: null,
    address: null,
    epoch: null,
    lastCheckinAt: null,
    lastError: null,
    certificateExpiresAt: null,
    ...(await readConvergenceStatus(dir)),
  };
  if (!loadState(dir)) return empty;
  const { state, identity } = loadEnrolled(dir);
  const last = readStatusFile(dir);
  return {
    ...empty,
    enrolled: true,
    envoyId: state.envoyId,
    hostname: state.hostname,
    spoke: nameOf(state.owner.endpoint),
    address: state.owner.endpoint.address,
    epoch: state.owner.epoch,
    lastCheckinAt: last?.lastCheckinAt ?? null,
    lastError: last?.lastError ?? null,
    certificateExpiresAt: new X509Certificate(identity.certPem).validToDate.toISOString(),
  };
}
