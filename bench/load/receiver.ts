/**
 * The floor of a spoke that is given a tree: a bare `http2` server over mTLS that has the archive on disk, and its files beside
 * it, before it answers. It checks nothing.
 */
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { createSecureServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Credentials } from '../support/fleet.ts';

const [credentialsFile, directory] = process.argv.slice(2) as [string, string];
const { certPem, keyPem, caPem }: Credentials = JSON.parse(readFileSync(credentialsFile, 'utf8'));
const BLOCK = 512;
let received = 0;

function keep(archive: Buffer): void {
  const dir = join(directory, String(received++));
  mkdirSync(dir, { recursive: true });
  const file = openSync(`${dir}.tar.gz`, 'wx');
  writeSync(file, archive);
  fsyncSync(file);
  closeSync(file);
  extract(gunzipSync(archive), dir);
}

/** Of a tar with short paths and nothing but files. */
function extract(tar: Buffer, dir: string): void {
  const made = new Set<string>();
  const textAt = (at: number, length: number) => tar.toString('latin1', at, at + length).replace(/\0.*$/s, '');
  for (let at = 0; tar[at] !== 0; ) {
    const path = join(dir, textAt(at, 100));
    const size = Number.parseInt(textAt(at + 124, 12), 8);
    const parent = dirname(path);
    if (!made.has(parent)) mkdirSync(parent, { recursive: true });
    made.add(parent);
    writeFileSync(path, tar.subarray(at + BLOCK, at + BLOCK + size));
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
  }
}

const server = createSecureServer({
  cert: certPem,
  key: keyPem,
  ca: caPem,
  requestCert: true,
  rejectUnauthorized: true,
  minVersion: 'TLSv1.3',
  // The window that Node gives by default lets a sender wait for each 64 KiB.
  settings: { initialWindowSize: 16 * 1024 * 1024 },
});
server.on('session', (session) => session.setLocalWindowSize(16 * 1024 * 1024));
server.on('stream', (stream) => {
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  stream.on('end', () => {
    keep(Buffer.concat(chunks));
    stream.respond({ ':status': 200 }, { endStream: true });
  });
});
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  console.log(JSON.stringify({ msg: 'ready', grpc: `127.0.0.1:${port}` }));
});
