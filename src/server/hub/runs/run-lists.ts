/**
 * The runs of the fleet. A run stays on the spoke that it was reported to, also when its envoy moves: whoever wants the
 * runs of an envoy asks all spokes, and a run that two of them have counts once.
 */
import type { MessageInitShape } from '@bufbuild/protobuf';
import { VigoError } from '../../../fleet/errors.ts';
import { isUuid } from '../../../fleet/run-bounds.ts';
import { decodeRunCursor, encodeRunCursor, newestFirst, type RunKey } from '../../../fleet/run-order.ts';
import type { ListRunsResponseSchema } from '../../../gen/vigo/v1/admin_pb.js';
import type { Run, RunSchema } from '../../../gen/vigo/v1/types_pb.js';
import type { Directory } from '../directory.ts';
import { lookUpEnvoy, throwNotFound } from '../find-envoy.ts';
import type { ListWarning } from '../listing/envoy-query.ts';
import type { PartitionLink, PartitionLinks } from '../partition-links.ts';
import { type AskOptions, askSpokes } from './ask-spokes.ts';
import { type BelievedRun, believedResults, believedRun } from './believed-run.ts';

const DEFAULT_LIMIT = 20;
/** Also the most that a spoke answers. */
const MAX_LIMIT = 1_000;

export interface RunQuery {
  /** Id or host name; empty for all envoys. */
  readonly envoy: string;
  /** Empty for all spokes. */
  readonly spoke: string;
  readonly cursor: string;
  /** 0 for 20. */
  readonly limit: number;
}

type RunInit = MessageInitShape<typeof RunSchema>;

/** The last runs of someone, and why some may be missing. */
export interface RecentRuns {
  readonly runs: RunInit[];
  readonly warnings: ListWarning[];
}

export interface RunLists {
  /** Throws INVALID_ARGUMENT, INVALID_CURSOR, SPOKE_NOT_FOUND, ENVOY_NOT_FOUND. */
  page(query: RunQuery, signal: AbortSignal): Promise<MessageInitShape<typeof ListRunsResponseSchema>>;
  /** With its results. Throws RUN_NOT_FOUND, which says so if a spoke that may have it did not answer. */
  find(id: string, signal: AbortSignal): Promise<RunInit>;
  /** Of an envoy, or of all, as `spokes` keep them. */
  recent(spokes: readonly string[], envoyId: string, limit: number, signal: AbortSignal): Promise<RecentRuns>;
}

export interface RunListsOptions extends AskOptions {
  readonly directory: Directory;
  readonly links: PartitionLinks;
}

/** What every spoke is asked. */
interface Question {
  readonly envoyId: string;
  readonly after: RunKey | undefined;
  readonly limit: number;
}

interface Merged {
  /** Newest first, each once. */
  readonly runs: BelievedRun[];
  /** A spoke has as many as it was asked for: there may be more. */
  readonly cutShort: boolean;
  readonly warnings: ListWarning[];
}

export function createRunLists(options: RunListsOptions): RunLists {
  const { directory, links, clock } = options;
  const context = (link: PartitionLink) => ({
    spoke: link.spec.id,
    hostnameOf: (id: string) => directory.get(id)?.hostname,
    now: clock.now(),
  });

  const merge = async (spokes: readonly PartitionLink[], question: Question, signal: AbortSignal): Promise<Merged> => {
    const { envoyId, after, limit } = question;
    const cursor = after && { startedAtMs: after.startedAt, id: after.id };
    const ask = async (link: PartitionLink, until: AbortSignal) => {
      const { runs } = await link.client.listRuns({ envoyId, after: cursor, limit }, { signal: until });
      return believedList(runs, question, (run) => believedRun(run, context(link)));
    };
    const answers = await Promise.all(askSpokes(options, spokes, ask, signal));
    const lists = answers.map((answer) => ('value' in answer ? answer.value : []));
    return {
      runs: unique(lists.flat().sort(newestFirst)),
      cutShort: lists.some((list) => list.length >= limit),
      warnings: answers.flatMap((answer) => ('warning' in answer ? [answer.warning] : [])),
    };
  };

  return {
    async page({ envoy, spoke, cursor, limit: wanted }, signal) {
      const limit = wanted || DEFAULT_LIMIT;
      if (limit > MAX_LIMIT) throw new VigoError('INVALID_ARGUMENT', `limit is ${limit}: at most ${MAX_LIMIT}`);
      const spokes = spoke === '' ? links.all : [links.get(spoke)];
      const after = cursor === '' ? undefined : decodeRunCursor(cursor);
      const known = lookUpEnvoy(directory, envoy);
      const envoyId = known?.id ?? envoy.toLowerCase();
      // The runs of an envoy that was revoked are still there; a name says nothing any more.
      if (envoy !== '' && !known && !isUuid(envoyId)) throwNotFound(envoy);
      // One more than the page, so that whether there is a next one takes no second question.
      const asked = Math.min(limit + 1, MAX_LIMIT);
      const { runs, cutShort, warnings } = await merge(spokes, { envoyId, after, limit: asked }, signal);
      const shown = runs.slice(0, limit);
      const last = shown.at(-1);
      if (envoy !== '' && !known && !last && !after && warnings.length === 0) throwNotFound(envoy);
      const more = runs.length > limit || cutShort;
      return {
        runs: shown.map(({ message }) => message),
        complete: warnings.length === 0,
        nextCursor: more && last ? encodeRunCursor(last) : '',
        warnings,
      };
    },
    async find(id, signal) {
      const wanted = id.toLowerCase();
      const ask = async (link: PartitionLink, until: AbortSignal): Promise<RunInit | undefined> => {
        const { run } = await link.client.getRun({ id: wanted }, { signal: until });
        if (!run) return undefined;
        if (run.id !== wanted) throw new Error('it sent another run than the one asked for');
        return { ...believedRun(run, context(link)).message, results: believedResults(run.results) };
      };
      // Whoever is asked in vain is not waited for once someone has it.
      const found = new AbortController();
      try {
        const asked = isUuid(wanted) ? askSpokes(options, links.all, ask, AbortSignal.any([found.signal, signal])) : [];
        return await firstFound(asked, wanted);
      } catch (error) {
        throw signal.aborted ? signal.reason : error;
      } finally {
        found.abort();
      }
    },
    async recent(spokes, envoyId, limit, signal) {
      const asked = spokes.flatMap((spoke) => links.find(spoke) ?? []);
      const { runs, warnings } = await merge(asked, { envoyId, after: undefined, limit }, signal);
      return {
        runs: runs.slice(0, limit).map(({ message }) => message),
        warnings: warnings.map((warning) => ({ ...warning, message: `its runs are missing here: ${warning.message}` })),
      };
    },
  };
}

/** Throws unless it is an answer to the question. */
function believedList(runs: readonly Run[], question: Question, believe: (run: Run) => BelievedRun): BelievedRun[] {
  const { envoyId, after, limit } = question;
  if (runs.length > limit) throw new Error('it sent more runs than were asked for');
  let previous = after;
  return runs.map((run) => {
    if (envoyId !== '' && run.envoyId !== envoyId) throw new Error('it sent a run of another envoy');
    const believed = believe(run);
    if (previous && newestFirst(previous, believed) >= 0) throw new Error('it sent its runs in a wrong order');
    previous = believed;
    return believed;
  });
}

function unique(sorted: readonly BelievedRun[]): BelievedRun[] {
  const seen = new Set<string>();
  return sorted.filter(({ id }) => !seen.has(id) && seen.add(id));
}

/** Throws RUN_NOT_FOUND when all have answered and none has it. */
async function firstFound(
  asked: readonly Promise<{ value: RunInit | undefined } | { warning: ListWarning }>[],
  id: string,
): Promise<RunInit> {
  const missing: string[] = [];
  const has = asked.map(async (answer) => {
    const result = await answer;
    if ('warning' in result) missing.push(`${result.warning.spoke} (${result.warning.code})`);
    else if (result.value) return result.value;
    throw new Error('it does not have it');
  });
  try {
    return await Promise.any(has);
  } catch {
    const silent = missing.length > 0 ? `; it may be on ${missing.sort().join(', ')}, which did not answer` : '';
    throw new VigoError('RUN_NOT_FOUND', `no run ${JSON.stringify(id)}${silent}: see \`vigocli envoys runs\``);
  }
}
