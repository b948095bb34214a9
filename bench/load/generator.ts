/**
 * The load generator: a process of its own that holds many mTLS sessions and sends the same encoded message over them, or the
 * same but for a fresh id.
 *
 * As lean as can be, because it shares the cores with the server that is measured: no RPC library, one callback per event.
 */
import { readFileSync } from 'node:fs';
import { type ClientHttp2Session, connect } from 'node:http2';
import type { Credentials } from '../support/fleet.ts';
import { createRunIds } from '../support/run-ids.ts';
import type { LoadAnswer, LoadCommand, LoadTarget } from './protocol.ts';

interface Pool {
  readonly target: LoadTarget;
  readonly headers: Record<string, string>;
  /** What the next call sends. */
  readonly nextBody: () => Buffer;
  readonly sessions: ClientHttp2Session[];
}

// Handshakes that are under way at a time; more only queue up in the server's listen backlog.
const OPENING = 32;
const pools = new Map<string, Pool>();
const nextRunId = createRunIds();

function poolOf(target: LoadTarget): Pool {
  const message = Buffer.from(target.message, 'base64');
  const common = { ':method': 'POST', ':path': target.path };
  if (target.protocol === 'connect') {
    const headers = {
      ...common,
      'content-type': 'application/proto',
      'connect-protocol-version': '1',
      'connect-timeout-ms': '10000',
      'user-agent': 'connect-es/2.2.0',
    };
    return { target, headers, nextBody: bodies(message, target.runIdAt), sessions: [] };
  }
  const headers = {
    ...common,
    'content-type': 'application/grpc',
    te: 'trailers',
    'grpc-timeout': '10S',
    'user-agent': 'grpc-node-js/1.14.7',
  };
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(message.length, 1);
  const runIdAt = target.runIdAt === undefined ? undefined : target.runIdAt + prefix.length;
  return { target, headers, nextBody: bodies(Buffer.concat([prefix, message]), runIdAt), sessions: [] };
}

function bodies(template: Buffer, runIdAt: number | undefined): () => Buffer {
  if (runIdAt === undefined) return () => template;
  return () => {
    const body = Buffer.from(template);
    body.write(nextRunId(), runIdAt, 'latin1');
    return body;
  };
}

function openSession(target: LoadTarget, { certPem, keyPem, caPem }: Credentials): Promise<ClientHttp2Session> {
  return new Promise((resolve, reject) => {
    const session = connect(`https://${target.address}`, {
      cert: certPem,
      key: keyPem,
      ca: caPem,
      minVersion: 'TLSv1.3',
      checkServerIdentity: () => undefined,
    });
    session.once('remoteSettings', () => resolve(session));
    session.once('error', reject);
  });
}

async function open(pool: Pool, sessions: number): Promise<LoadAnswer> {
  const all: Credentials[] = JSON.parse(readFileSync(pool.target.credentialsFile, 'utf8'));
  const wanted = all.slice(pool.sessions.length, sessions);
  const begin = performance.now();
  const next = async (): Promise<void> => {
    for (let credentials = wanted.shift(); credentials; credentials = wanted.shift())
      pool.sessions.push(await openSession(pool.target, credentials));
  };
  await Promise.all(Array.from({ length: OPENING }, next));
  return { ms: performance.now() - begin };
}

/** `concurrency` calls at a time, over all sessions in turn, but never two at a time over one: an agent waits for its answer. */
function call({ target, sessions, headers, nextBody }: Pool, calls: number, concurrency: number): Promise<LoadAnswer> {
  // Those behind `begun` are idle, the one that has been so for the longest time first.
  const turns = [...sessions];
  const { statuses = [200] } = target;
  const begin = performance.now();
  let begun = 0;
  let ended = 0;
  let answerBytes = 0;
  return new Promise((resolve, reject) => {
    const one = () => {
      if (begun === calls) return;
      const session = turns[begun++] as ClientHttp2Session;
      const stream = session.request(headers, { endStream: false });
      let status = 0;
      let bytes = 0;
      stream.on('response', (answer) => {
        status = Number(answer[':status']);
      });
      stream.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
      });
      stream.on('end', () => {
        // In gRPC an empty message has a prefix too: without one, it is an error.
        if (!statuses.includes(status) || (bytes === 0 && target.protocol === 'grpc'))
          reject(new Error(`answer with status ${status} and ${bytes} bytes`));
        answerBytes = bytes;
        turns.push(session);
        if (++ended === calls) resolve({ ms: performance.now() - begin, answerBytes });
        else one();
      });
      stream.on('error', reject);
      stream.end(nextBody());
    };
    for (let i = 0; i < Math.min(concurrency, calls, sessions.length); i++) one();
  });
}

async function obey(command: LoadCommand): Promise<LoadAnswer> {
  if (command.op === 'target') {
    pools.set(command.name, poolOf(command.target));
    return {};
  }
  const pool = pools.get(command.name);
  if (!pool) throw new Error(`no target ${command.name}`);
  switch (command.op) {
    case 'open':
      return open(pool, command.sessions);
    case 'call':
      return call(pool, command.calls, command.concurrency);
    case 'close':
      for (const session of pool.sessions.splice(0)) session.destroy();
      return {};
    default:
      return command satisfies never;
  }
}

process.on('message', (command: LoadCommand) => {
  void obey(command)
    .catch((error: unknown) => ({ error: String(error) }))
    .then((answer) => process.send?.(answer));
});
// Ends with the process that started it, however that ended.
process.on('disconnect', () => process.exit());
