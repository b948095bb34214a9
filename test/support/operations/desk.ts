/** Where the tools of a sandbox that are not real ask the suite to do their work. */
import { createServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { messageOf } from '../../../src/fleet/errors.ts';

export interface Answer {
  readonly code: number;
  readonly out: string;
  readonly error: string;
}

export interface Desk {
  close(): Promise<void>;
}

/** `work` does what a tool is asked for on a machine; what it returns is printed, what it throws is an error of the tool. */
export async function openDesk(
  socketFile: string,
  work: (machine: string, tool: string, args: readonly string[]) => Promise<string>,
): Promise<Desk> {
  const server = createServer({ allowHalfOpen: true }, async (socket) => {
    socket.on('error', () => undefined);
    const answer: Answer = await text(socket)
      .then((asked) => {
        const [machine = '', tool = '', ...args] = JSON.parse(asked) as string[];
        return work(machine, tool, args);
      })
      .then(
        (out) => ({ code: 0, out, error: '' }),
        (error: unknown) => ({ code: 1, out: '', error: `${messageOf(error)}\n` }),
      );
    socket.end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => server.listen(socketFile, resolve));
  return { close: () => new Promise((resolve) => server.close(() => resolve())) };
}
