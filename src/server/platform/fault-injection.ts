/**
 * Faults on demand, for tests of the whole program: a disk that is full, a process that dies between two of its steps.
 *
 * Off unless VIGO_FAULTS names a file. Then each of its lines, as they are at that moment, is a fault of this process:
 *
 *   store.write                statements that write fail, as on a disk that is full
 *   crash moves.commit:before  the process ends by SIGKILL instead of committing
 *   crash moves.commit:after   the same once the step is done, before anybody hears of it
 *   hold moves.commit          the step begins when this line is gone, as on a disk that hangs
 *
 * The steps of a hub: `moves.` plan, beginAdoption, commit, giveUp, end · `notices.` delivered · `spoke.` adopt, release, and
 * every other method of the same three.
 */
import { readFileSync } from 'node:fs';
import type { KyselyPlugin, RootOperationNode } from 'kysely';
import { sleep, systemClock } from '../../platform/clock.ts';
import type { Database } from '../store/database.ts';

export interface FaultInjection {
  /** The same database, failing as the file says. */
  database(database: Database): Database;
  /** The same part; each method that returns a promise is a step, and may be the last. */
  steps<T extends object>(name: string, part: T): T;
}

export const NO_FAULTS: FaultInjection = { database: (database) => database, steps: (_name, part) => part };

export interface FaultInjectionOptions {
  /** Absent when nothing is to fail. It need not exist. */
  readonly file: string | undefined;
  /** Default: SIGKILL to this process. */
  readonly die?: (point: string) => void;
}

export function openFaultInjection(options: FaultInjectionOptions): FaultInjection {
  const { file, die = () => process.kill(process.pid, 'SIGKILL') } = options;
  if (!file) return NO_FAULTS;
  const wanted = (fault: string): boolean => linesOf(file).includes(fault);
  return {
    database: (database) => database.withPlugin(fullDisk(() => wanted('store.write'))),
    steps: (name, part) =>
      mortalSteps(name, part, {
        pass(point) {
          if (wanted(`crash ${point}`)) die(point);
        },
        isHeld: (step) => wanted(`hold ${step}`),
      }),
  };
}

function linesOf(file: string): string[] {
  try {
    return readFileSync(file, 'utf8')
      .split('\n')
      .map((line) => line.trim());
  } catch {
    return [];
  }
}

function fullDisk(isFull: () => boolean): KyselyPlugin {
  return {
    transformQuery({ node }) {
      // As node:sqlite says it; 13 is SQLITE_FULL.
      if (writes(node) && isFull())
        throw Object.assign(new Error('database or disk is full'), { code: 'ERR_SQLITE_ERROR', errcode: 13 });
      return node;
    },
    transformResult: async ({ result }) => result,
  };
}

const WRITING_NODES: ReadonlySet<string> = new Set(['InsertQueryNode', 'UpdateQueryNode', 'DeleteQueryNode']);
const WRITING_TEXT = /^\s*(?:insert|update|delete)\b/i;

function writes(node: RootOperationNode): boolean {
  if (node.kind === 'RawNode') return WRITING_TEXT.test(node.sqlFragments[0] ?? '');
  return WRITING_NODES.has(node.kind);
}

const HOLD_MS = 20;

interface Fate {
  readonly pass: (point: string) => void;
  readonly isHeld: (step: string) => boolean;
}

async function released(isHeld: () => boolean): Promise<void> {
  while (isHeld()) await sleep(systemClock, HOLD_MS);
}

function mortalSteps<T extends object>(name: string, part: T, { pass, isHeld }: Fate): T {
  return new Proxy(part, {
    get(target, method) {
      const value: unknown = Reflect.get(target, method);
      if (typeof value !== 'function' || typeof method !== 'string') return value;
      return (...args: unknown[]): unknown => {
        const step = `${name}.${method}`;
        pass(`${step}:before`);
        const begin = (): unknown => Reflect.apply(value, target, args);
        const result = isHeld(step) ? released(() => isHeld(step)).then(begin) : begin();
        if (!(result instanceof Promise)) return result;
        return result.then((answer: unknown) => {
          pass(`${step}:after`);
          return answer;
        });
      };
    },
  });
}
