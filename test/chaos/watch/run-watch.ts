/**
 * I4: a run that an agent was told to be kept is on the disk of a spoke, for ever.
 *
 * An agent keeps a run until a server has acknowledged it. So what it has logged as ended, and does not keep any more, was
 * acknowledged before the disks of the spokes are read.
 */
import { readdirSync } from 'node:fs';
import type { ChaosAgent } from '../fleet/chaos-agents.ts';
import { SPOKES } from '../step.ts';
import { createLogReader } from './log-reader.ts';
import type { Watched } from './watched.ts';

export interface RunWatch {
  look(): void;
  /** Acknowledged so far, by host name. */
  readonly acknowledged: ReadonlyMap<string, ReadonlySet<string>>;
  /** Ended so far, by host name. */
  readonly ended: ReadonlyMap<string, ReadonlySet<string>>;
}

/** "000000000012-UUID.run" */
const NAME = /^\d{12}-([0-9a-f-]{36})\.run$/;

export function createRunWatch({ fleet, records, violations, tally }: Watched): RunWatch {
  const ended = new Map(fleet.agents.map(({ hostname }) => [hostname, new Set<string>()]));
  const acknowledged = new Map(fleet.agents.map(({ hostname }) => [hostname, new Set<string>()]));
  const logs = new Map(fleet.agents.map(({ hostname, process }) => [hostname, createLogReader(process)]));

  const lookAtAgent = (agent: ChaosAgent): void => {
    const { hostname } = agent;
    const known = ended.get(hostname) as Set<string>;
    for (const line of logs.get(hostname)?.next() ?? []) {
      if (line.msg === 'run ended') known.add(String(line.run));
    }
    const waiting = new Set(waitingRuns(agent));
    const settled = acknowledged.get(hostname) as Set<string>;
    for (const id of known.difference(waiting)) settled.add(id);
  };

  return {
    acknowledged,
    ended,
    look() {
      for (const agent of fleet.agents) lookAtAgent(agent);
      const kept = new Set(SPOKES.flatMap((spoke) => records.runs(spoke).map(({ id }) => id)));
      let compared = 0;
      for (const [hostname, ids] of acknowledged) {
        compared += ids.size;
        for (const id of ids) {
          if (!kept.has(id)) violations.add(`I4: run ${id} of ${hostname} was acknowledged and is on no disk`);
        }
      }
      tally.checked('acknowledged runs found on disk (I4)', compared);
      tally.highest('runs acknowledged', compared);
    },
  };
}

/** Runs that the agent still keeps. */
export function waitingRuns({ queueDir }: ChaosAgent): string[] {
  try {
    return readdirSync(queueDir).flatMap((name) => NAME.exec(name)?.[1] ?? []);
  } catch (error) {
    // It has not made its first run yet.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
