/** Something that answers as a hub does when it is asked for the agent's program: with a certificate of the fleet, or of nobody. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { openOrCreateCa } from '../../src/pki/ca.ts';
import { generatePrivateKeyPem, publicKeyDer } from '../../src/pki/keys.ts';
import { systemClock } from '../../src/platform/clock.ts';

export interface FalseHub {
  readonly url: string;
  /** Of its fleet. */
  readonly caPem: string;
  /** Paths that it was asked for. */
  readonly asked: readonly string[];
  close(): Promise<void>;
}

/** `tlsDir`: where a hub keeps its CA; a new one is made there if it holds none. */
export async function startFalseHub(
  tlsDir: string,
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<FalseHub> {
  const now = systemClock.now();
  const ca = await openOrCreateCa({ dir: tlsDir, now });
  const key = generatePrivateKeyPem();
  const cert = await ca.issue({
    publicKeyDer: publicKeyDer(key),
    identity: { kind: 'hub', trustDomain: ca.trustDomain },
    commonName: '127.0.0.1',
    ipAddresses: ['127.0.0.1'],
    notBefore: now,
    notAfter: now + 3_600_000,
  });
  const asked: string[] = [];
  const server = createServer({ cert: `${cert}\n${ca.certPem}`, key }, (request, response) => {
    asked.push(request.url ?? '');
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    caPem: ca.certPem,
    asked,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
