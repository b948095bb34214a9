/** A run of twenty resources, two of which were put right. */
import { create, toBinary } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { AgentService, ReportRunRequestSchema } from '../../src/gen/vigo/v1/agent_pb.js';
import { ResourceOutcome, type Run, RunSchema } from '../../src/gen/vigo/v1/types_pb.js';
import type { EnvoyCall } from './envoy-party.ts';
import { createRunIds } from './run-ids.ts';

const CRATES = ['motd', 'sshd', 'ntp', 'users', 'nginx'];
/** Of each configcrate. */
const RESOURCES = [
  ['config-dir', 'directory'],
  ['config', 'file'],
  ['package', 'package'],
  ['service', 'service'],
] as const;
const PUT_RIGHT: Readonly<Record<string, string>> = {
  'ntp/config': 'its content is another',
  'ntp/service': 'it is stopped, should be running; restarted',
};

export function realisticRun(): Run {
  const results = CRATES.flatMap((crate) =>
    RESOURCES.map(([name, type], i) => {
      const resource = `${crate}/${name}`;
      const message = PUT_RIGHT[resource] ?? '';
      const outcome = message === '' ? ResourceOutcome.OK : ResourceOutcome.CHANGED;
      return { resource, type, outcome, message, durationMs: 3 + 40 * i };
    }),
  );
  const changed = results.filter(({ outcome }) => outcome === ResourceOutcome.CHANGED).length;
  return create(RunSchema, {
    id: createRunIds()(),
    startedAt: timestampFromMs(Date.now()),
    durationMs: 1_260,
    configVersion: '7d865e959b2466918c9863afca942d0fb89d7c9ac0c99bafc3749504ded97730',
    ok: results.length - changed,
    changed,
    results,
  });
}

/** `run` under another id each time. */
export function reportRunCall(run: Run): EnvoyCall {
  const message = Buffer.from(toBinary(ReportRunRequestSchema, create(ReportRunRequestSchema, { run })));
  return { method: AgentService.method.reportRun, message, runIdAt: message.indexOf(run.id) };
}
