/** Makes a server listen on an address of server.yaml, or says why it cannot and what to do. */
import type { AddressInfo, Server } from 'node:net';
import { messageOf, VigoError } from '../../fleet/errors.ts';
import { formatHostPort, type HostPort, parseListenAddress } from '../../rpc/host-port.ts';

/** Where a listener answers. */
export interface BoundAddress extends HostPort {
  /** "host:port", with the port that was picked when 0 was asked for. */
  readonly text: string;
}

const REMEDIES: Record<string, string> = {
  EADDRINUSE: 'another program uses this port; stop it, or choose another port in server.yaml',
  EACCES: 'this user may not use the port; ports below 1024 need root, so choose a higher one in server.yaml',
  EADDRNOTAVAIL: 'this machine has no such address; choose one of its own, or leave the host out to use all',
  ENOTFOUND: 'the host name has no address; use an IP address, or leave the host out to use all',
};

/** Starts listening. Throws `LISTEN_FAILED`. */
export function bind(server: Server, listen: string): Promise<BoundAddress> {
  const fail = (why: string, cause?: unknown) =>
    new VigoError('LISTEN_FAILED', `cannot listen on ${listen}: ${why}`, { cause });
  const wanted = parseListenAddress(listen);
  if (!wanted) return Promise.reject(fail('expected ":port", "host:port" or "[IPv6]:port"'));
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException) => {
      server.close();
      reject(fail(REMEDIES[error.code ?? ''] ?? messageOf(error), error));
    };
    server.once('error', onError);
    server.listen({ port: wanted.port, host: wanted.host || undefined }, () => {
      server.off('error', onError);
      const { address: host, port } = server.address() as AddressInfo;
      resolve({ host, port, text: formatHostPort({ host, port }) });
    });
  });
}
