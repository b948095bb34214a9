/** A connection that both ends give up in the same moment: an error of one call at most, never of the process. */
import { once } from 'node:events';
import { createSecureServer, type ServerHttp2Session } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { createClient } from '@connectrpc/connect';
import { expect } from 'chai';
import { Health } from '../../src/gen/grpc/health/v1/health_pb.js';
import { toVigoError } from '../../src/rpc/errors.ts';
import { createPeerTransport } from '../../src/rpc/peer-transport.ts';
import { createTestPki } from '../support/test-pki.ts';

describe('a connection that ends', () => {
  it('may be closed, or called, at any moment of its server saying goodbye', async () => {
    const pki = await createTestPki();
    const [hub, spoke] = await Promise.all([pki.hub(), pki.spoke('dc1')]);
    // Says goodbye and leaves it to the client to hang up: the longest goodbye there is.
    const server = createSecureServer({ cert: spoke.certPem, key: spoke.keyPem });
    const sessions = new Set<ServerHttp2Session>();
    server.on('session', (session) => {
      sessions.add(session.on('error', () => undefined));
      session.once('close', () => sessions.delete(session));
    });
    server.on('stream', (stream) => {
      stream.respond({ ':status': 200, 'content-type': 'application/proto' });
      stream.end();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const endpoint = { address: `127.0.0.1:${(server.address() as AddressInfo).port}`, identity: spoke.identity };
    try {
      // From before the goodbye arrives to after the socket is gone. An unhandled error fails the test, as it would end a process.
      for (let turns = 0; turns < 10; turns++) {
        for (const then of ['close', 'call']) {
          const { transport, close } = createPeerTransport({ endpoint, tls: hub });
          const client = createClient(Health, transport);
          await client.check({});
          for (const session of sessions) if (!session.destroyed) session.goaway();
          for (let i = 0; i < turns; i++) await turn();
          if (then === 'call') {
            const error = await client.check({}).then(
              () => undefined,
              (reason: unknown) => toVigoError(reason, { target: 'dc1' }),
            );
            expect(error?.code, error?.message).to.be.oneOf([undefined, 'UNREACHABLE']);
          }
          close();
        }
      }
    } finally {
      for (const session of sessions) session.destroy();
      server.close();
    }
  });
});
