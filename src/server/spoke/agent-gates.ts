/** The gates before what agents ask of a spoke: who is calling, once there is room for the call. */
import { agentLimits } from '../../fleet/call-limits.ts';
import type { CheckinPace } from '../../fleet/checkin-schedule.ts';
import type { Clock } from '../../platform/clock.ts';
import { createGate } from '../platform/gate.ts';
import type { InstantContext } from '../platform/instant-calls.ts';
import type { EnvoyPeer } from './check-in.ts';

export interface AgentGatesOptions {
  readonly pace: CheckinPace;
  /** Who is calling; throws PERMISSION_DENIED for whoever is no envoy. */
  readonly envoyPeer: (context: InstantContext) => EnvoyPeer;
  /** Called for each call that is refused. */
  readonly onRefused: (call: keyof AgentGates) => void;
  readonly clock: Clock;
}

/** Each throws what `envoyPeer` throws, and OVERLOADED with a retry delay. */
export interface AgentGates {
  checkIn(context: InstantContext): EnvoyPeer;
  getBundle(context: InstantContext): EnvoyPeer;
  /** `sending` is disposed of when the file has been sent, or will not be. */
  fetchFile(context: InstantContext): { readonly peer: EnvoyPeer; readonly sending: Disposable };
  reportRun(context: InstantContext): EnvoyPeer;
}

export function createAgentGates({ pace, envoyPeer, onRefused, clock }: AgentGatesOptions): AgentGates {
  const limits = agentLimits(pace);
  const gate = (what: string, call: keyof AgentGates) =>
    createGate({ what, limit: limits[call], clock, onRefused: () => onRefused(call) });
  const checkIns = gate('check-ins', 'checkIn');
  const bundles = gate('requests for bundles', 'getBundle');
  const files = gate('requests for files', 'fetchFile');
  const runs = gate('reports of runs', 'reportRun');
  const admitted = (through: typeof checkIns) => (context: InstantContext) => {
    const peer = envoyPeer(context);
    through.enter(peer.envoyId);
    return peer;
  };
  return {
    checkIn: admitted(checkIns),
    getBundle: admitted(bundles),
    reportRun: admitted(runs),
    fetchFile(context) {
      const peer = envoyPeer(context);
      return { peer, sending: files.enter(peer.envoyId) };
    },
  };
}
