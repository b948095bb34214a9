/** The open connections and HTTP/2 sessions of a server, and how they are brought to an end. */
import type { ServerHttp2Session } from 'node:http2';
import type { Server, Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { type Clock, sleep } from '../../platform/clock.ts';

export interface Connections {
  /** Open TCP connections. */
  connections(): number;
  sessions(): number;
  /** Resolves when every connection is closed, or after `ms`. */
  drained(clock: Clock, ms: number): Promise<boolean>;
  /** Says goodbye to the sessions whose socket `which` picks: their running calls end by themselves, new ones go elsewhere. */
  endSessions(which: (socket: TLSSocket) => boolean): void;
  destroyAll(): void;
}

/** Follows `server` from now on. */
export function trackConnections(server: Server): Connections {
  const sockets = new Set<Socket>();
  const sessions = new Set<ServerHttp2Session>();
  const onEmpty = new Set<() => void>();
  // The TCP socket below TLS: destroying it ends whatever is on top, also in the middle of a handshake.
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => {
      sockets.delete(socket);
      if (sockets.size === 0) for (const resolve of onEmpty) resolve();
    });
  });
  server.on('session', (session: ServerHttp2Session) => {
    sessions.add(session);
    session.once('close', () => sessions.delete(session));
  });
  return {
    connections: () => sockets.size,
    sessions: () => sessions.size,
    async drained(clock, ms) {
      if (sockets.size === 0) return true;
      const enough = new AbortController();
      const resolve = () => enough.abort();
      onEmpty.add(resolve);
      await sleep(clock, ms, enough.signal);
      onEmpty.delete(resolve);
      return sockets.size === 0;
    },
    endSessions(which) {
      for (const session of sessions) if (!session.closed && which(session.socket as TLSSocket)) session.close();
    },
    destroyAll() {
      for (const session of sessions) session.destroy();
      for (const socket of sockets) socket.destroy();
    },
  };
}
