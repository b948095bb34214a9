/** A peer that does not keep to the protocol: raw bytes over TCP and TLS, and HTTP/2 requests that no client of ours sends. */
import { type ClientHttp2Session, connect as connectHttp2, type IncomingHttpHeaders } from 'node:http2';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

export interface RawCredentials {
  readonly certPem?: string;
  readonly keyPem?: string;
  readonly caPem: string;
}

export interface RawAnswer {
  readonly status: number | undefined;
  readonly body: string;
}

const MIB = 1024 * 1024;
const HOST = '127.0.0.1';

/** Sends `bytes` over TCP; resolves once the server has hung up. */
export function sendTcp(port: number, bytes: string | Buffer): Promise<void> {
  return untilClosed(connectTcp(port, HOST), bytes).then(() => undefined);
}

/** Sends `text` over TLS with HTTP/1.1; resolves with all that came back until the server has hung up. */
export function sendTls(port: number, tls: RawCredentials, text: string): Promise<string> {
  return untilClosed(connectTls({ ...options(tls), host: HOST, port, ALPNProtocols: ['http/1.1'] }), text);
}

/** Speaks HTTP/2 as long as `work` runs. */
export async function withHttp2<T>(
  port: number,
  tls: RawCredentials,
  work: (session: ClientHttp2Session) => Promise<T>,
): Promise<T> {
  const session = connectHttp2(`https://${HOST}:${port}`, options(tls));
  session.on('error', () => undefined);
  try {
    return await work(session);
  } finally {
    session.destroy();
  }
}

/** One POST with these headers; the body may be as long as it wants. Resolves when the stream is closed. */
export function post(
  session: ClientHttp2Session,
  headers: IncomingHttpHeaders,
  body: Iterable<Buffer> = [],
): Promise<RawAnswer> {
  return new Promise((resolve) => {
    const stream = session.request({ ':method': 'POST', 'content-type': 'application/proto', ...headers });
    const chunks = body[Symbol.iterator]();
    let status: number | undefined;
    let text = '';
    const pump = (): void => {
      for (;;) {
        const { done, value } = chunks.next();
        if (stream.destroyed || stream.writableEnded) return;
        if (done) return void stream.end();
        if (!stream.write(value)) return void stream.once('drain', pump);
      }
    };
    stream.on('error', () => undefined);
    stream.on('response', (got) => (status = got[':status']));
    stream.on('data', (chunk) => (text += chunk));
    stream.on('close', () => resolve({ status, body: text }));
    pump();
  });
}

export function* mebibytes(count: number): Generator<Buffer> {
  const chunk = Buffer.alloc(MIB);
  for (let i = 0; i < count; i++) yield chunk;
}

const options = ({ certPem, keyPem, caPem }: RawCredentials) => ({
  ...(certPem ? { cert: certPem } : {}),
  ...(keyPem ? { key: keyPem } : {}),
  ca: caPem,
  checkServerIdentity: () => undefined,
});

function untilClosed(socket: Socket, bytes: string | Buffer): Promise<string> {
  let answer = '';
  socket.on('error', () => undefined).on('data', (chunk) => (answer += chunk));
  socket.write(bytes);
  return new Promise((resolve) => socket.once('close', () => resolve(answer)));
}
