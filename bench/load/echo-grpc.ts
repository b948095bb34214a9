/** The other floor: a grpc-js server over mTLS whose one method answers so many bytes, without any codec. */
import { readFileSync } from 'node:fs';
import { Server, ServerCredentials, type ServiceDefinition } from '@grpc/grpc-js';
import type { Credentials } from '../support/fleet.ts';

const [credentialsFile, answerBytes] = process.argv.slice(2) as [string, string];
const { certPem, keyPem, caPem }: Credentials = JSON.parse(readFileSync(credentialsFile, 'utf8'));
const answer = Buffer.alloc(Number(answerBytes), 1);
const asIs = (bytes: Buffer): Buffer => bytes;

const service: ServiceDefinition = {
  call: {
    path: '/bench.Echo/Call',
    requestStream: false,
    responseStream: false,
    requestSerialize: asIs,
    requestDeserialize: asIs,
    responseSerialize: asIs,
    responseDeserialize: asIs,
  },
};
const server = new Server();
server.addService(service, {
  call: (_call: unknown, done: (error: null, answer: Buffer) => void) => done(null, answer),
});
const pair = { cert_chain: Buffer.from(certPem), private_key: Buffer.from(keyPem) };
const credentials = ServerCredentials.createSsl(Buffer.from(caPem), [pair], true);
server.bindAsync('127.0.0.1:0', credentials, (error, port) => {
  if (error) throw error;
  console.log(JSON.stringify({ msg: 'ready', grpc: `127.0.0.1:${port}` }));
});
