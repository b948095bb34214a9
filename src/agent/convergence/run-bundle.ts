/** From a bundle to the report of a run. */
import { randomBytes } from 'node:crypto';
import { create } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { messageOf } from '../../fleet/errors.ts';
import { ResourceOutcome, type Run, RunSchema } from '../../gen/vigo/v1/types_pb.js';
import type { Clock } from '../../platform/clock.ts';
import type { ResourceHost } from '../../resources/resource-host.ts';
import type { ResourceType, Spec } from '../../resources/resource-type.ts';
import type { HeldBundle } from '../policy/bundle-file.ts';
import { converge, type Outcome, type ResourceReport } from './converge.ts';

export interface RunBundleOptions {
  readonly held: HeldBundle;
  readonly types: ReadonlyMap<string, ResourceType>;
  readonly host: ResourceHost;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

const OUTCOMES: Record<Outcome, ResourceOutcome> = {
  ok: ResourceOutcome.OK,
  changed: ResourceOutcome.CHANGED,
  failed: ResourceOutcome.FAILED,
  skipped: ResourceOutcome.SKIPPED,
};
/** A report of 10,000 resources stays below what a server takes. */
const MAX_RESULTS_BYTES = 800 * 1024;

/** Never throws: a bundle that cannot be run is a run with an error. */
export async function runBundle(options: RunBundleOptions): Promise<Run> {
  const { held, clock } = options;
  const startedAt = clock.now();
  const begun = clock.monotonic();
  const { reports, error } = await attempt(options);
  const count = (outcome: Outcome) => reports.filter((report) => report.outcome === outcome).length;
  return create(RunSchema, {
    id: uuidV7(startedAt),
    startedAt: timestampFromMs(startedAt),
    durationMs: Math.round(clock.monotonic() - begun),
    configVersion: held.configVersion,
    ok: count('ok'),
    changed: count('changed'),
    failed: count('failed'),
    skipped: count('skipped'),
    error,
    results: resultsOf(reports),
  });
}

async function attempt({ held, ...rest }: RunBundleOptions): Promise<{ reports: ResourceReport[]; error: string }> {
  const { bundle } = held;
  if (bundle.error !== '') return { reports: [], error: bundle.error };
  try {
    const resources = bundle.resources.map(({ id, type, specJson, dependsOn, notify }) => {
      const spec = JSON.parse(new TextDecoder().decode(specJson)) as Spec;
      return { id, type, spec, dependsOn, notify };
    });
    return { reports: await converge({ resources, ...rest }), error: '' };
  } catch (error) {
    return { reports: [], error: messageOf(error) };
  }
}

/** Too many for one message: what was as it should be is only counted, and messages are shortened. */
function resultsOf(reports: readonly ResourceReport[]) {
  const bytes = reports.reduce(
    (sum, report) => sum + Buffer.byteLength(report.message) + report.resource.length + 40,
    0,
  );
  const full = bytes <= MAX_RESULTS_BYTES;
  const kept = full ? reports : reports.filter(({ outcome }) => outcome !== 'ok').slice(0, 2_000);
  return kept.map(({ outcome, message, ...rest }) => ({
    ...rest,
    outcome: OUTCOMES[outcome],
    message: full ? message : message.slice(0, 200),
  }));
}

/** RFC 9562: the time in front, so that ids sort as runs happened. */
function uuidV7(now: number): string {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(now, 0, 6);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x70;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
