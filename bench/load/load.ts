/** Starts a load generator and talks to it. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { BenchContext } from '../support/benchmark.ts';
import { stopProcess } from '../support/processes.ts';
import type { LoadAnswer, LoadCommand, LoadTarget } from './protocol.ts';

export interface Load {
  target(name: string, target: LoadTarget): Promise<void>;
  /** Opens sessions until there are so many. */
  open(name: string, sessions: number): Promise<void>;
  /** Returns calls per second. At most one call is under way over each session, whatever the concurrency. */
  call(name: string, calls: number, concurrency: number): Promise<number>;
  /** Bytes of an answer. */
  answerBytes(name: string): Promise<number>;
  close(name: string): Promise<void>;
}

export function startLoad(context: BenchContext): Load {
  const child = fork(join(import.meta.dirname, 'generator.ts'), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  context.cleanup.defer(() => stopProcess(child));
  const ended = once(child, 'exit').then(() => ({ error: 'the load generator ended' }));
  const ask = async (command: LoadCommand): Promise<LoadAnswer> => {
    const answered = Promise.withResolvers<LoadAnswer>();
    child.once('message', answered.resolve);
    child.send(command);
    const answer: LoadAnswer = await Promise.race([answered.promise, ended]);
    if (answer.error) throw new Error(`${command.op} ${command.name}: ${answer.error}`);
    return answer;
  };
  return {
    target: async (name, target) => void (await ask({ op: 'target', name, target })),
    open: async (name, sessions) => void (await ask({ op: 'open', name, sessions })),
    call: async (name, calls, concurrency) => {
      const { ms } = await ask({ op: 'call', name, calls, concurrency });
      return (calls / (ms as number)) * 1000;
    },
    answerBytes: async (name) => (await ask({ op: 'call', name, calls: 1, concurrency: 1 })).answerBytes as number,
    close: async (name) => void (await ask({ op: 'close', name })),
  };
}
