/** A TCP proxy that can go silent: both ends keep their connection and hear nothing, as after a power cut. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface TcpProxy {
  /** "127.0.0.1:port". */
  readonly address: string;
  /** From now on nothing is passed on, and new connections are accepted without a word. */
  freeze(): void;
  close(): Promise<void>;
}

/** Passes connections on to `target` ("host:port"); without one it is silent from the beginning. */
export async function startTcpProxy(target?: string): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let frozen = target === undefined;
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket)).on('error', () => undefined);
  };
  const server = createServer((near) => {
    keep(near);
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
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
