/** Where a call comes from, for listeners that ask for no certificate. */
import type { Http2Session } from 'node:http2';
import type { Socket } from 'node:net';
import { type ContextValues, createContextKey, createContextValues } from '@connectrpc/connect';
import type { RequestSource } from './peer.ts';

/** IP address of whoever holds the other end of the connection, which may be a proxy; empty if it is gone already. */
export const kRemoteAddress = createContextKey('', { description: 'remote address' });

/** For `contextValues` of a listener: a set of its own for every request, because interceptors add to it. */
export function remoteContextValues(request: RequestSource): ContextValues {
  return createContextValues().set(kRemoteAddress, remoteAddressOf(request));
}

/** "10.1.2.3" or "2001:db8::1"; an IPv4 address that came in on an IPv6 socket is shown as what it is. */
export function remoteAddressOf(request: RequestSource): string {
  const socket = 'stream' in request ? socketOf(request.stream.session) : request.socket;
  return (socket?.remoteAddress ?? '').replace(/^::ffff:(?=\d+\.)/i, '');
}

function socketOf(session: Http2Session | undefined): Pick<Socket, 'remoteAddress'> | undefined {
  // The socket of a session that has ended throws when it is looked at.
  return session && !session.destroyed ? session.socket : undefined;
}
