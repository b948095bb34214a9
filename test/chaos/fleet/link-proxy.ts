/**
 * One link of the fleet, as a TCP proxy on loopback that can be cut in the ways in which networks are cut:
 *
 *   refuse      nobody listens any more, and open connections are reset
 *   black-hole  connections are accepted and stay open, and nothing gets through; what waits arrives when it is mended
 *   delay       everything arrives, in order, but late, both ways
 */
import { connect, createServer, type Server, type Socket } from 'node:net';
import { systemClock } from '../../../src/platform/clock.ts';

export type LinkMode = 'pass' | 'refuse' | 'black-hole' | 'delay';

export interface LinkProxy {
  readonly address: string;
  set(mode: LinkMode, delayMs?: number): Promise<void>;
  /** RST to both ends of every connection; new ones are as before. */
  reset(): void;
  close(): Promise<void>;
}

/** Listens on `port` of 127.0.0.1 and passes on to `target`, another port there. */
export async function startLinkProxy(port: number, target: number): Promise<LinkProxy> {
  const sockets = new Set<Socket>();
  const silent = new Set<Socket>();
  let mode: LinkMode = 'pass';
  let delayMs = 0;
  let server: Server | undefined;

  const pass = (from: Socket, to: Socket): void => {
    const late: Buffer[] = [];
    from.on('data', (chunk) => {
      if (delayMs === 0 && late.length === 0) {
        to.write(chunk);
        return;
      }
      late.push(chunk);
      // The oldest, whichever timer is first: bytes never overtake each other.
      systemClock.after(delayMs, () => to.write(late.shift() ?? ''));
    });
    from.on('close', () => to.destroySoon());
  };
  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.once('close', () => sockets.delete(socket)).on('error', () => undefined);
    if (mode === 'black-hole') socket.pause();
  };
  const join = (near: Socket): void => {
    if (near.destroyed) return;
    const far = connect({ host: '127.0.0.1', port: target });
    keep(far);
    pass(near, far);
    pass(far, near);
  };
  const listen = async (): Promise<void> => {
    server = createServer({ pauseOnConnect: true }, (near) => {
      keep(near);
      if (mode === 'black-hole') silent.add(near);
      else {
        join(near);
        near.resume();
      }
    });
    const opened = server;
    await new Promise<void>((resolve, reject) => {
      opened.once('error', reject);
      opened.listen(port, '127.0.0.1', resolve);
    });
  };
  const reset = (): void => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  const stopListening = async (): Promise<void> => {
    const closed = new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
    server = undefined;
    reset();
    await closed;
  };
  const hold = (): void => {
    for (const socket of sockets) socket.pause();
  };
  const letGo = (): void => {
    for (const near of silent) join(near);
    silent.clear();
    for (const socket of sockets) socket.resume();
  };

  await listen();
  return {
    address: `127.0.0.1:${port}`,
    async set(next, ms = 0) {
      const before = mode;
      mode = next;
      delayMs = next === 'delay' ? ms : 0;
      if (next === 'refuse') await stopListening();
      else if (before === 'refuse') await listen();
      if (next === 'black-hole') hold();
      else if (before === 'black-hole') letGo();
    },
    reset,
    close: stopListening,
  };
}
