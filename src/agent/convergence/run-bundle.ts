/** From a bundle to the report of a run. */
import { randomBytes } from 'node:crypto';
import { create, toBinary } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { messageOf } from '../../fleet/errors.ts';
import { fitRunText, MAX_RUN_RESULTS, MAX_RUN_TEXT_BYTES } from '../../fleet/run-bounds.ts';
import { ResourceOutcome, type Run, RunSchema } from '../../gen/vigo/v1/types_pb.js';
import type { Clock } from '../../platform/clock.ts';
import type { ResourceHost } from '../../resources/resource-host.ts';
import type { ResourceType, Spec } from '../../resources/resource-type.ts';
import type { HeldBundle } from '../policy/bundle-file.ts';
import type { OwedTriggers } from '../runs/owed-triggers.ts';
import { converge, type Outcome, type ResourceReport } from './converge.ts';

export interface RunBundleOptions {
  readonly held: HeldBundle;
  readonly types: ReadonlyMap<string, ResourceType>;
  readonly host: ResourceHost;
  readonly owed: OwedTriggers;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

const OUTCOMES: Record<Outcome, ResourceOutcome> = {
  ok: ResourceOutcome.OK,
  changed: ResourceOutcome.CHANGED,
  failed: ResourceOutcome.FAILED,
  skipped: ResourceOutcome.SKIPPED,
};
/** Servers take messages of up to a mebibyte. */
const MAX_RESULTS_BYTES = 800 * 1024;
const MESSAGE_BYTES = [MAX_RUN_TEXT_BYTES, 400, 60, 0];
/** Of the name of a resource, as servers take it. */
const MAX_NAME_BYTES = 512;

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
    error: fitRunText(error),
    results: resultsOf(reports),
  });
}

async function attempt({ held, ...rest }: RunBundleOptions): Promise<{ reports: ResourceReport[]; error: string }> {
  const { bundle } = held;
  if (bundle.error !== '') return { reports: [], error: bundle.error };
  const count = bundle.resources.length;
  if (count > MAX_RUN_RESULTS) return { reports: [], error: `${count} resources: at most ${MAX_RUN_RESULTS} are run` };
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

/**
 * What a server takes in one message: messages are shortened for all until they fit, and left out with the results if nothing else
 * helps. Never some of the results: a server compares them with the counts.
 */
function resultsOf(reports: readonly ResourceReport[]): Run['results'] {
  for (const maxBytes of MESSAGE_BYTES) {
    const results = reports.map(({ resource, message, outcome, ...rest }) => ({
      ...rest,
      resource: fitRunText(resource, MAX_NAME_BYTES),
      outcome: OUTCOMES[outcome],
      message: fitRunText(message, maxBytes),
    }));
    const run = create(RunSchema, { results });
    if (toBinary(RunSchema, run).length <= MAX_RESULTS_BYTES) return run.results;
  }
  return [];
}

/** RFC 9562: the time in front, so that ids sort as runs happened. */
function uuidV7(now: number): string {
  const bytes = randomBytes(16);
  // A clock that stands before 1970 gives no time at all.
  bytes.writeUIntBE(Math.max(now, 0), 0, 6);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x70;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
