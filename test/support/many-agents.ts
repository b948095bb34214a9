/**
 * Many agents in this process: each is enrolled, has its own certificate and state directory and is what `agent run` runs, over
 * real connections. Processes of their own would need more memory than what is tested.
 */
import { mkdir } from 'node:fs/promises';
import type { AgentLink } from '../../src/agent/agent-link.ts';
import { nameOf } from '../../src/agent/endpoint.ts';
import { enroll } from '../../src/agent/enroll.ts';
import { createLink } from '../../src/agent/link.ts';
import { runAgent } from '../../src/agent/run.ts';
import { loadEnrolled } from '../../src/agent/state.ts';
import { stateDirAt } from '../../src/agent/state-dir.ts';
import { VigoError } from '../../src/fleet/errors.ts';
import { sleep, systemClock } from '../../src/platform/clock.ts';
import { silentLogger } from '../../src/platform/logger.ts';

export interface AgentCall {
  readonly hostname: string;
  readonly kind: 'check-in' | 'locate';
  /** Who was called: the id of the spoke, or the hub's address. */
  readonly at: string;
  /** When it began, milliseconds of the system clock's `monotonic`. */
  readonly begunAt: number;
  /** "served", or the code of the error. */
  readonly outcome: string;
}

export interface ManyAgents {
  /** Of all agents, in the order in which they ended. */
  readonly calls: readonly AgentCall[];
  /** Starts them, spread over `spreadMs`. */
  start(spreadMs: number): Promise<void>;
  /** The most calls that began in one of the seconds from `from` on. */
  busiestSecond(which: (call: AgentCall) => boolean, from: number): number;
  stop(): Promise<void>;
}

export interface ManyAgentsOptions {
  readonly hostnames: readonly string[];
  readonly token: string;
  readonly stateDir: (hostname: string) => string;
  readonly rootOf: (hostname: string) => string;
}

/** Enrolments at a time: more would only wait for each other. */
const ENROLLING = 8;
/** As `agent run` has it. */
const CALL_TIMEOUT_MS = 10_000;

/** Enrols all of them. */
export async function enrollManyAgents(options: ManyAgentsOptions): Promise<ManyAgents> {
  const { hostnames, stateDir, rootOf } = options;
  const waiting = [...hostnames];
  const enrollNext = async (): Promise<void> => {
    for (let hostname = waiting.pop(); hostname !== undefined; hostname = waiting.pop())
      await enroll({ token: options.token, stateDir: stateDir(hostname), hostname });
  };
  await Promise.all(Array.from({ length: ENROLLING }, enrollNext));

  const calls: AgentCall[] = [];
  const stopping = new AbortController();
  const running: Promise<void>[] = [];
  const runOne = async (hostname: string, delayMs: number): Promise<void> => {
    await sleep(systemClock, delayMs, stopping.signal);
    if (stopping.signal.aborted) return;
    const { identity } = loadEnrolled(stateDirAt(stateDir(hostname)));
    await mkdir(rootOf(hostname), { recursive: true });
    await runAgent({
      stateDir: stateDir(hostname),
      root: rootOf(hostname),
      agentVersion: 'test',
      logger: silentLogger,
      signal: stopping.signal,
      link: recorded(createLink({ identity, timeoutMs: CALL_TIMEOUT_MS }), hostname, calls),
    });
  };
  return {
    calls,
    async start(spreadMs) {
      for (const [i, hostname] of hostnames.entries())
        running.push(runOne(hostname, (i / hostnames.length) * spreadMs));
    },
    busiestSecond(which, from) {
      const perSecond = new Map<number, number>();
      for (const call of calls) {
        const second = Math.floor((call.begunAt - from) / 1000);
        if (second >= 0 && which(call)) perSecond.set(second, (perSecond.get(second) ?? 0) + 1);
      }
      return Math.max(0, ...perSecond.values());
    },
    async stop() {
      stopping.abort();
      await Promise.all(running);
    },
  };
}

function recorded(link: AgentLink, hostname: string, calls: AgentCall[]): AgentLink {
  const watch = async <T>(kind: AgentCall['kind'], at: string, call: Promise<T>): Promise<T> => {
    const begunAt = systemClock.monotonic();
    const note = (outcome: string) => void calls.push({ hostname, kind, at, begunAt, outcome });
    try {
      const answer = await call;
      note('served');
      return answer;
    } catch (error) {
      note(error instanceof VigoError ? error.code : String(error));
      throw error;
    }
  };
  return {
    ...link,
    checkIn: (at, ...rest) => watch('check-in', nameOf(at), link.checkIn(at, ...rest)),
    locate: (at, ...rest) => watch('locate', nameOf(at), link.locate(at, ...rest)),
  };
}
