/**
 * Fetches the fleet's CA certificate from a server, knowing nothing but its digest: the token that a newcomer holds
 * carries it. What the server shows is believed only if it has that digest; everything else comes from calls that verify
 * against the certificate found here.
 *
 * The handshake shows it. Only while one CA takes over from another is the digest's perhaps not the one that the shown chain leads
 * to: then the server is asked for all that it trusts, at `/bootstrap/ca.pem`.
 */
import { createHash } from 'node:crypto';
import { request } from 'node:https';
import { isIP } from 'node:net';
import { connect, type DetailedPeerCertificate, type TLSSocket } from 'node:tls';
import { VigoError } from '../fleet/errors.ts';
import { certificatesOf } from '../pki/trust-bundle.ts';
import { type Clock, systemClock } from '../platform/clock.ts';
import { parseApiUrl } from './api-url.ts';
import { toVigoError } from './errors.ts';

export interface PinnedCaOptions {
  /** "https://host:port" of the API listener. */
  readonly url: string;
  /** SHA-256 of the CA certificate's DER, hex. */
  readonly digest: string;
  /** Longest time for the whole look, milliseconds; default 5,000. */
  readonly timeoutMs?: number;
  readonly clock?: Clock;
}

// Leaf, at most a few intermediates, root: a longer chain is nobody's.
const MAX_CHAIN = 8;
// Two CAs have some 2 KiB.
const MAX_PUBLISHED = 64 * 1024;

/** The CA certificate, PEM. Throws `CA_MISMATCH`, `UNREACHABLE`, `TIMEOUT` or `USAGE` (URL). */
export async function fetchPinnedCa(options: PinnedCaOptions): Promise<string> {
  const wanted = options.digest.toLowerCase();
  for (const source of [presentedChain, publishedCas]) {
    const found = (await source(options)).find((der) => createHash('sha256').update(der).digest('hex') === wanted);
    if (found) return pem(found);
  }
  throw new VigoError(
    'CA_MISMATCH',
    `the server at ${options.url} does not belong to the fleet that the token was made for: none of its certificates ` +
      `has the SHA-256 digest ${wanted.slice(0, 80)}; check the URL, or ask for a new token`,
  );
}

function presentedChain(options: PinnedCaOptions): Promise<Buffer[]> {
  const { target } = parseApiUrl(options.url);
  const timeoutMs = options.timeoutMs ?? 5_000;
  return new Promise((resolve, reject) => {
    const socket = connect({
      ...target,
      servername: isIP(target.host) ? undefined : target.host,
      ALPNProtocols: ['h2', 'http/1.1'],
      minVersion: 'TLSv1.2',
      // The digest is what counts; nothing is sent over this connection.
      rejectUnauthorized: false,
    });
    const timer = (options.clock ?? systemClock).after(timeoutMs, () => {
      socket.destroy(Object.assign(new Error(`no connection within ${timeoutMs} ms`), { code: 'ETIMEDOUT' }));
    });
    socket.once('secureConnect', () => {
      resolve(chainOf(socket));
      socket.destroy();
    });
    socket.once('error', (error) => reject(toVigoError(error, { target: `the server at ${options.url}` })));
    socket.once('close', () => {
      timer.cancel();
      reject(new VigoError('UNREACHABLE', `the server at ${options.url} closed the connection`));
    });
  });
}

/** Empty if the server has nothing to say about it. */
async function publishedCas(options: PinnedCaOptions): Promise<Buffer[]> {
  const { target } = parseApiUrl(options.url);
  const { promise, resolve } = Promise.withResolvers<Buffer[]>();
  const timeoutMs = options.timeoutMs ?? 5_000;
  const asked = request(
    // As above: the digest is what counts.
    { ...target, path: '/bootstrap/ca.pem', rejectUnauthorized: false, agent: false },
    (response) => {
      let text = '';
      response.setEncoding('latin1');
      response.on('data', (chunk: string) => {
        text += chunk;
        if (text.length > MAX_PUBLISHED) asked.destroy();
      });
      response.on('end', () => resolve(response.statusCode === 200 ? dersIn(text) : []));
    },
  );
  const timer = (options.clock ?? systemClock).after(timeoutMs, () => asked.destroy());
  asked.once('error', () => resolve([]));
  asked.once('close', () => {
    timer.cancel();
    resolve([]);
  });
  asked.end();
  return promise;
}

function dersIn(text: string): Buffer[] {
  try {
    return certificatesOf(text).map(({ raw }) => raw);
  } catch {
    return [];
  }
}

function chainOf(socket: TLSSocket): Buffer[] {
  const chain: Buffer[] = [];
  let certificate: DetailedPeerCertificate | undefined = socket.getPeerCertificate(true);
  while (certificate?.raw && chain.length < MAX_CHAIN) {
    chain.push(certificate.raw);
    // The root is its own issuer.
    certificate = certificate.issuerCertificate === certificate ? undefined : certificate.issuerCertificate;
  }
  return chain;
}

function pem(der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}
