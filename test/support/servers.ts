/**
 * Real listeners on port 0 for tests, ended after each test. A test fails if it leaves a session open that it did not
 * hand to `closing`, or a socket that nobody ends.
 */

import { sleep, systemClock } from '../../src/platform/clock.ts';
import { silentLogger } from '../../src/platform/logger.ts';
import { createPeerTransport, type PeerTransport, type PeerTransportOptions } from '../../src/rpc/peer-transport.ts';
import { createListener, type Listener, type ListenerOptions } from '../../src/server/platform/listener.ts';
import { createPeerContextValues } from '../../src/server/platform/peer.ts';
import { createTestPki, type TestCredentials, type TestPki } from './test-pki.ts';

export interface TestServers {
  /** One CA for all tests of the suite. */
  readonly pki: TestPki;
  /** An mTLS listener on 127.0.0.1 that knows its peers, unless the options say otherwise. */
  start(options: StartOptions): Promise<Listener>;
  /** A transport to `listener` with these credentials. */
  dial(listener: Listener, tls: TestCredentials, identity: string, more?: Partial<PeerTransportOptions>): PeerTransport;
  /** Ends `thing` after the test, before the listeners are checked. */
  closing<T extends { close(): unknown }>(thing: T): T;
}

type StartOptions = Partial<ListenerOptions> & Pick<ListenerOptions, 'routes' | 'tls'>;

/** Call inside `describe`. */
export function useServers(): TestServers {
  let pki: TestPki | undefined;
  let listeners: Listener[] = [];
  let things: { close(): unknown }[] = [];
  let socketsBefore = 0;

  before(async () => {
    pki = await createTestPki();
  });
  beforeEach(() => {
    socketsBefore = openSockets();
  });
  afterEach(async () => {
    for (const thing of things.splice(0)) await thing.close();
    const open = listeners;
    listeners = [];
    things = [];
    const quiet = await eventually(() => open.every((listener) => listener.sessions() === 0));
    const dangling = open.map((listener) => listener.sessions());
    for (const listener of open) await listener.close(0);
    if (!quiet) throw new Error(`the test left sessions open: ${dangling.join(', ')}`);
    if (!(await eventually(() => openSockets() <= socketsBefore))) {
      throw new Error(`the test left sockets open: ${openSockets()} instead of ${socketsBefore}`);
    }
  });

  const closing = <T extends { close(): unknown }>(thing: T): T => {
    things.push(thing);
    return thing;
  };
  return {
    get pki() {
      if (!pki) throw new Error('the PKI is there once the tests run');
      return pki;
    },
    async start(options) {
      const listener = await createListener({
        listen: '127.0.0.1:0',
        requireClientCert: true,
        contextValues: createPeerContextValues(),
        clock: systemClock,
        logger: silentLogger,
        ...options,
      });
      listeners.push(listener);
      return listener;
    },
    dial: (listener, tls, identity, more) =>
      closing(createPeerTransport({ endpoint: { address: listener.address.text, identity }, tls, ...more })),
    closing,
  };
}

/** Waits until `condition` holds; `false` after `ms`. */
export async function eventually(condition: () => boolean, ms = 2_000): Promise<boolean> {
  const end = systemClock.monotonic() + ms;
  while (!condition()) {
    if (systemClock.monotonic() > end) return false;
    await sleep(systemClock, 5);
  }
  return true;
}

const openSockets = (): number => process.getActiveResourcesInfo().filter((name) => name.startsWith('TCP')).length;

/** All messages of a stream. */
export async function collect<T>(messages: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const message of messages) all.push(message);
  return all;
}
