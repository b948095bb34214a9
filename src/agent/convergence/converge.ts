/**
 * One run: each resource is looked at, put right only if it is not as it should be, and looked at again. What depends on something
 * that could not be put right is skipped; what is notified is triggered once, behind all others, or made up for by a later run.
 */
import { messageOf } from '../../fleet/errors.ts';
import { fitRunText } from '../../fleet/run-bounds.ts';
import type { Clock } from '../../platform/clock.ts';
import type { ResourceHost } from '../../resources/resource-host.ts';
import type { ResourceType, Spec } from '../../resources/resource-type.ts';
import type { OwedTriggers } from '../runs/owed-triggers.ts';

export interface RunResource {
  /** "configcrate/name" */
  readonly id: string;
  readonly type: string;
  readonly spec: Spec;
  readonly dependsOn: readonly string[];
  readonly notify: readonly string[];
}

export type Outcome = 'ok' | 'changed' | 'failed' | 'skipped';

export interface ResourceReport {
  readonly resource: string;
  readonly type: string;
  readonly outcome: Outcome;
  /** What was done or why not, for people; at most 4 KiB. */
  readonly message: string;
  readonly durationMs: number;
}

export interface ConvergeOptions {
  /** Everything behind what it depends on. */
  readonly resources: readonly RunResource[];
  readonly types: ReadonlyMap<string, ResourceType>;
  readonly host: ResourceHost;
  /** Triggers of earlier runs that were not made, and those of this one until they are. */
  readonly owed: OwedTriggers;
  readonly clock: Clock;
  /** What has not begun then is skipped. */
  readonly signal: AbortSignal;
}

interface Verdict {
  readonly outcome: Outcome;
  readonly message: string;
}

/** Never throws: what goes wrong is in the reports, one for each resource, in their order. */
export async function converge(options: ConvergeOptions): Promise<ResourceReport[]> {
  const { resources, clock, owed } = options;
  const owedBefore = new Set(owed.ids);
  const reports = new Map<string, ResourceReport>();
  const put = async (resource: RunResource, work: () => Promise<Verdict>) => {
    const begun = clock.monotonic();
    const { outcome, message } = await work().catch((error: unknown): Verdict => failed(messageOf(error)));
    const spent = reports.get(resource.id)?.durationMs ?? 0;
    const durationMs = Math.round(spent + clock.monotonic() - begun);
    const report = {
      resource: resource.id,
      type: resource.type,
      outcome,
      message: fitRunText(message),
      durationMs,
    };
    reports.set(resource.id, report);
  };
  for (const resource of resources) await put(resource, () => settle(options, resource, reports));
  const due = dueTriggers(resources, reports, owedBefore);
  for (const resource of resources) {
    const report = reports.get(resource.id);
    if (!due.has(resource.id) || !report || !isSettled(report)) continue;
    await put(resource, () => trigger(options, resource, report));
  }
  const known = new Map(resources.map((resource) => [resource.id, resource]));
  const isDone = (id: string) => !known.has(id) || (due.has(id) && isSettled(reports.get(id)));
  if (!options.signal.aborted) await owed.remove([...owed.ids].filter(isDone));
  return [...reports.values()];
}

const isSettled = (report: ResourceReport | undefined): boolean =>
  report?.outcome === 'ok' || report?.outcome === 'changed';

/**
 * What is notified by a change of this run, and what is owed from before; the latter not while something that notifies it has failed:
 * it may have been changed by half, and a service that runs on what it has read is better than one that does not start.
 */
function dueTriggers(
  resources: readonly RunResource[],
  reports: ReadonlyMap<string, ResourceReport>,
  owed: ReadonlySet<string>,
): ReadonlySet<string> {
  const notifiedBy = (outcome: Outcome) =>
    resources.flatMap(({ id, notify }) => (reports.get(id)?.outcome === outcome ? notify : []));
  const uncertain = new Set(notifiedBy('failed'));
  return new Set([...notifiedBy('changed'), ...[...owed].filter((id) => !uncertain.has(id))]);
}

const failed = (message: string): Verdict => ({ outcome: 'failed', message });
const skipped = (message: string): Verdict => ({ outcome: 'skipped', message });

async function settle(
  { types, host, owed, signal }: ConvergeOptions,
  { type: typeName, spec, dependsOn, notify }: RunResource,
  reports: ReadonlyMap<string, ResourceReport>,
): Promise<Verdict> {
  if (signal.aborted) return skipped('the agent was stopped');
  const blocking = dependsOn.find((id) => ['failed', 'skipped', undefined].includes(reports.get(id)?.outcome));
  if (blocking !== undefined) return skipped(`${blocking} is ${reports.get(blocking)?.outcome ?? 'not there'}`);
  const type = types.get(typeName);
  if (!type) return failed(`this agent knows no resource type "${typeName}": it is older than the server`);
  const drift = await type.inspect(spec, host);
  if (drift === undefined) return { outcome: 'ok', message: '' };
  await owed.add(notify);
  await type.apply(spec, host);
  const left = await type.inspect(spec, host);
  return left === undefined ? { outcome: 'changed', message: drift } : failed(`${left}, also after it was put right`);
}

async function trigger(
  { types, host, signal }: ConvergeOptions,
  resource: RunResource,
  report: ResourceReport,
): Promise<Verdict> {
  const type = types.get(resource.type);
  if (!type?.trigger || signal.aborted) return report;
  const done = await type.trigger(resource.spec, host);
  return { outcome: 'changed', message: report.message === '' ? done : `${report.message}; ${done}` };
}
