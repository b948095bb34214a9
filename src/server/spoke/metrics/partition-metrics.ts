/** What a partition counts: what agents ask of it, and what it answers. */
import { Registry } from 'prom-client';
import type { RunOutcome } from '../../../fleet/convergence.ts';
import type { Compliance } from '../../../fleet/envoy-status.ts';
import { registerGauge, registerGauges } from '../../platform/metrics/gauges.ts';
import { createTallies, createTally, type Tally } from '../../platform/metrics/tally.ts';
import type { AgentGates } from '../agent-gates.ts';

/** Why a check-in is refused. */
export const REFUSAL_REASONS = [
  'overloaded',
  'not_served_here',
  'unknown',
  'revoked',
  'not_allowed',
  'invalid',
  'error',
] as const;
export type RefusalReason = (typeof REFUSAL_REASONS)[number];

const CALLS = {
  checkIn: 'check_in',
  getBundle: 'get_bundle',
  fetchFile: 'fetch_file',
  reportRun: 'report_run',
} as const satisfies Record<keyof AgentGates, string>;

export interface PartitionMetrics {
  readonly checkIns: Record<'served' | 'redirected' | 'refused', Tally>;
  readonly refusals: Record<RefusalReason, Tally>;
  /** Calls that a gate has sent away. */
  readonly sentAway: Record<keyof AgentGates, Tally>;
  readonly runs: Record<RunOutcome, Tally>;
  readonly bundles: Record<'sent' | 'unchanged' | 'unpublished', Tally>;
  readonly fileBytes: Tally;
}

export interface PartitionReadings {
  /** Of all envoys that are served here, now. */
  readonly compliance: () => Compliance;
  /** Whether something is published, as far as this partition has it. */
  readonly servesConfig: () => boolean;
}

/** `registry`: default one that nobody reads. */
export function createPartitionMetrics(
  readings: PartitionReadings,
  registry: Registry = new Registry(),
): PartitionMetrics {
  registerGauges(registry, {
    name: 'vigo_partition_envoys',
    help: 'Envoys that are served here, by status.',
    labels: ['status'],
    read: () => Object.entries(readings.compliance()).map(([status, envoys]) => [{ status }, envoys] as const),
  });
  registerGauge(registry, {
    name: 'vigo_partition_serves_config',
    help: '1 if envoys are given a published configuration here.',
    read: () => Number(readings.servesConfig()),
  });
  const sentAway = createTallies(registry, {
    name: 'vigo_agent_calls_sent_away_total',
    help: 'Calls of agents that were sent away because there were too many, by call.',
    label: 'call',
    values: Object.values(CALLS),
  });
  return {
    checkIns: createTallies(registry, {
      name: 'vigo_checkins_total',
      help: 'Check-ins of agents, by what came of them.',
      label: 'result',
      values: ['served', 'redirected', 'refused'],
    }),
    refusals: createTallies(registry, {
      name: 'vigo_checkins_refused_total',
      help: 'Check-ins that were refused, by reason.',
      label: 'reason',
      values: REFUSAL_REASONS,
    }),
    sentAway: {
      checkIn: sentAway.check_in,
      getBundle: sentAway.get_bundle,
      fetchFile: sentAway.fetch_file,
      reportRun: sentAway.report_run,
    },
    runs: createTallies(registry, {
      name: 'vigo_runs_received_total',
      help: 'Runs that were taken in, each once, by how they went.',
      label: 'outcome',
      values: ['ok', 'changed', 'degraded', 'failed'],
    }),
    bundles: createTallies(registry, {
      name: 'vigo_bundles_total',
      help: 'Answers to agents that asked for their policy: sent, unchanged since they had it, or nothing published.',
      label: 'result',
      values: ['sent', 'unchanged', 'unpublished'],
    }),
    fileBytes: createTally(registry, {
      name: 'vigo_bundle_file_bytes_total',
      help: 'Bytes of files that were sent to agents.',
    }),
  };
}
