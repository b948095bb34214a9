/**
 * A TCP proxy that can go silent: both ends keep their connection and hear nothing, as after a power cut. It can also cut:
 * both ends are told, and nobody gets through.
 */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface TcpProxy {
  /** "127.0.0.1:port". */
  readonly address: string;
  /** From now on nothing is passed on, and new connections are accepted without a word. */
  freeze(): void;
  /** From now on connections are cut, those that are there too. */
  cut(): void;
  /** From now on new connections are passed on again. */
  mend(): void;
  /** Those that are open on the near side. */
  connections(): number;
  close(): Promise<void>;
}

/** Passes connections on to `target` ("host:port"); without one it is silent from the beginning. */
export async function startTcpProxy(target?: string): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  const nearSockets = new Set<Socket>();
  let frozen = target === undefined;
  let cut = false;
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket)).on('error', () => undefined);
  };
  const server = createServer((near) => {
    keep(near);
    if (cut) return void near.destroy();
    nearSockets.add(near.once('close', () => nearSockets.delete(near)));
    if (frozen) return;
    const [host, port] = String(target).split(':');
    const far = connect({ host, port: Number(port) });
    keep(far);
    for (const [from, to] of [[near, far] as const, [far, near] as const]) {
      from.on('data', (chunk) => frozen || to.write(chunk));
      from.on('close', () => frozen || to.destroy());
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    freeze() {
      frozen = true;
    },
    cut() {
      cut = true;
      for (const socket of sockets) socket.destroy();
    },
    mend() {
      cut = false;
    },
    connections: () => nearSockets.size,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
