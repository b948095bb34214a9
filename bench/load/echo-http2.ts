/** The floor: the least that Node can do for a small call over mTLS. Reads the request, answers so many bytes. */
import { readFileSync } from 'node:fs';
import { createSecureServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { Credentials } from '../support/fleet.ts';

const [credentialsFile, answerBytes] = process.argv.slice(2) as [string, string];
const { certPem, keyPem, caPem }: Credentials = JSON.parse(readFileSync(credentialsFile, 'utf8'));
const answer = Buffer.alloc(Number(answerBytes), 1);
const headers = { ':status': 200, 'content-type': 'application/proto', 'content-length': answer.length };

const server = createSecureServer({
  cert: certPem,
  key: keyPem,
  ca: caPem,
  requestCert: true,
  rejectUnauthorized: true,
  minVersion: 'TLSv1.3',
});
server.on('stream', (stream) => {
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  stream.on('end', () => {
    stream.respond(headers);
    stream.end(answer);
  });
});
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  console.log(JSON.stringify({ msg: 'ready', grpc: `127.0.0.1:${port}` }));
});
