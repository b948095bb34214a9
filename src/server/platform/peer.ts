/**
 * Who is calling: the identity and key of the TLS client certificate.
 *
 * The handshake has proved that the peer holds the key and that the fleet's CA signed the certificate. Whether that
 * identity is still wanted (revoked, re-issued) is for the service to say, at every request, by `publicKey`.
 */
import { createHash, type X509Certificate } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Http2Session, ServerHttp2Stream } from 'node:http2';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { type ContextValues, createContextKey, createContextValues, type HandlerContext } from '@connectrpc/connect';
import { VigoError } from '../../fleet/errors.ts';
import { type Identity, identityOfCertificate } from '../../pki/identity.ts';
import { publicKeyDer } from '../../pki/keys.ts';

/** The identity of a caller, with its key. */
export type Peer<K extends Identity['kind'] = Identity['kind']> = Extract<Identity, { kind: K }> & {
  /** SubjectPublicKeyInfo, DER. */
  readonly publicKey: Buffer;
  /** `publicKeyHash(publicKey)` */
  readonly keyDigest: string;
};

/** The caller; absent when its certificate carries no identity of ours, or on a listener that asks for none. */
export const kPeer = createContextKey<Peer | undefined>(undefined, { description: 'peer' });

/** The connection that a call came on: aborts when it has ended. Made when first asked for. */
export const kConnection = createContextKey<(() => AbortSignal) | undefined>(undefined, { description: 'connection' });

/** The certificate that the other side of the connection has shown; read when asked for. */
export const kCertificate = createContextKey<(() => X509Certificate | undefined) | undefined>(undefined, {
  description: 'certificate',
});

/** What tells of the connection that a request came on. */
export type RequestSource = Pick<IncomingMessage, 'socket'> | { readonly stream: ServerHttp2Stream };

/**
 * For `contextValues` of an mTLS listener. The certificate is read once per session, and all requests of a session
 * share one frozen set of values: nothing is made per request.
 */
export function createPeerContextValues(): (request: RequestSource) => ContextValues {
  const known = new WeakMap<object, ContextValues>();
  return (request) => {
    const session = 'stream' in request ? request.stream.session : request.socket;
    // A session that is already gone has nobody to answer to.
    if (!session) return createContextValues();
    let values = known.get(session);
    if (!values) {
      const socket = ('socket' in session ? session.socket : session) as TLSSocket;
      values = Object.freeze(
        createContextValues()
          .set(kPeer, readPeer(socket))
          .set(kConnection, connectionOf(session))
          .set(kCertificate, () => socket.getPeerX509Certificate?.()),
      );
      known.set(session, values);
    }
    return values;
  };
}

function connectionOf(
  session: Pick<Socket | Http2Session, 'destroyed'> & { once(event: 'close', listener: () => void): unknown },
): () => AbortSignal {
  let ended: AbortController | undefined;
  return () => {
    if (ended) return ended.signal;
    const controller = new AbortController();
    ended = controller;
    if (session.destroyed) controller.abort();
    else session.once('close', () => controller.abort());
    return controller.signal;
  };
}

function readPeer(socket: TLSSocket): Peer | undefined {
  const certificate = socket.getPeerX509Certificate?.();
  const identity = certificate && identityOfCertificate(certificate);
  if (!certificate || !identity) return undefined;
  const publicKey = publicKeyDer(certificate);
  return { ...identity, publicKey, keyDigest: publicKeyHash(publicKey) };
}

/** The name of a public key (SPKI, DER) that keys are compared by: its SHA-256, base64. */
export function publicKeyHash(publicKey: Uint8Array): string {
  return createHash('sha256').update(publicKey).digest('base64');
}

/** The caller, if it is of this kind. Throws `UNAUTHENTICATED` (nobody we know) or `PERMISSION_DENIED` (another kind). */
export function requirePeer<K extends Identity['kind']>(context: Pick<HandlerContext, 'values'>, kind: K): Peer<K> {
  const peer = context.values.get(kPeer);
  if (peer?.kind === kind) return peer as Peer<K>;
  if (!peer) {
    throw new VigoError('UNAUTHENTICATED', `this call needs the certificate of ${ARTICLE[kind]} of this fleet`);
  }
  throw new VigoError(
    'PERMISSION_DENIED',
    `this call is for ${ARTICLE[kind]}; the certificate is that of ${nameOf(peer)}`,
  );
}

const ARTICLE: Record<Identity['kind'], string> = { hub: 'a hub', spoke: 'a spoke', envoy: 'an envoy' };
const nameOf = (peer: Identity): string => (peer.kind === 'hub' ? 'a hub' : `${peer.kind} ${peer.id}`);
