/** Ports for servers that are started, killed and started again on the same port. */
import { randomInt } from 'node:crypto';
import { createServer, type Server } from 'node:net';

// Below the range that Linux, macOS and the BSDs give to outgoing connections (from 32768 on): a port from there would
// sooner or later be taken by a client while its server is down.
const FIRST = 15_000;
const BEHIND_LAST = 32_000;
const MAX_TRIES = 200;

/** Different ports of 127.0.0.1 that nobody uses just now. */
export async function freePorts(count: number): Promise<number[]> {
  const held = new Map<number, Server>();
  try {
    for (let tries = 0; held.size < count; tries++) {
      if (tries > MAX_TRIES) throw new Error(`no ${count} free ports found`);
      const port = randomInt(FIRST, BEHIND_LAST);
      const server = held.has(port) ? undefined : await tryListen(port);
      if (server) held.set(port, server);
    }
    return [...held.keys()];
  } finally {
    await Promise.all([...held.values()].map((server) => new Promise((resolve) => server.close(resolve))));
  }
}

function tryListen(port: number): Promise<Server | undefined> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(undefined));
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}
