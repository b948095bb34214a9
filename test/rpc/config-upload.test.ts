/** Configurations over the real wire: long streams, brakes, and callers that do not play by the rules. */
import { type ClientHttp2Session, connect as connectHttp2, constants } from 'node:http2';
import { type Client, createClient } from '@connectrpc/connect';
import { expect } from 'chai';
import { VigoError } from '../../src/fleet/errors.ts';
import { AdminService } from '../../src/gen/vigo/v1/admin_pb.js';
import { SpokeService } from '../../src/gen/vigo/v1/spoke_pb.js';
import { sleep, systemClock } from '../../src/platform/clock.ts';
import { createApiTransport } from '../../src/rpc/api-transport.ts';
import { CHUNK_BYTES, receiveUpload, uploadOf } from '../../src/rpc/archive-upload.ts';
import { pushConfig } from '../../src/server/hub/config/config-push.ts';
import type { ArchiveHeader } from '../../src/server/live/live-config.ts';
import { createConfigReceiver } from '../../src/server/spoke/config/config-receiver.ts';
import { digestOf } from '../support/digest.ts';
import { chunksOf } from '../support/published.ts';
import { failureOf } from '../support/rpc-failure.ts';
import { eventually, useServers } from '../support/servers.ts';

const MIB = 1024 * 1024;

describe('a configuration that is uploaded', () => {
  const servers = useServers();

  /** An API listener whose PublishConfig does this. */
  async function api(
    publishConfig: (header: { digest: string; size: number }, chunks: AsyncIterable<Uint8Array>) => Promise<object>,
  ) {
    const hub = await servers.pki.hub();
    const listener = await servers.start({
      tls: hub,
      requireClientCert: false,
      requestTimeoutMs: 100,
      routes: (router) =>
        router.service(AdminService, {
          async publishConfig(requests) {
            const { header, chunks } = await receiveUpload(requests, { clock: systemClock });
            return publishConfig(header, chunks);
          },
        }),
    });
    const url = `https://${listener.address.text}`;
    const transport = servers.closing(createApiTransport({ url, caPem: hub.caPem, token: 'x' }));
    return { listener, hub, admin: createClient(AdminService, transport.transport) };
  }

  /** Many bytes that do not compress, and how many of them were asked for. */
  function source(size: number) {
    const bytes = Buffer.alloc(size, 'a configuration of some length, ');
    const read = { bytes: 0 };
    const chunks = (async function* () {
      for await (const chunk of chunksOf(bytes, CHUNK_BYTES)) {
        read.bytes += chunk.length;
        yield chunk;
      }
    })();
    return { digest: digestOf(bytes), size, chunks, read };
  }

  const send = (admin: Client<typeof AdminService>, { digest, size, chunks }: ReturnType<typeof source>) =>
    admin.publishConfig(uploadOf({ digest, size, message: '' }, chunks));

  it('arrives whole, for as long as it comes and with no more of it on its way than a few chunks', async () => {
    const up = source(20 * MIB);
    let received = 0;
    let lead = 0;
    const begun = systemClock.monotonic();
    const { admin } = await api(async ({ digest }, chunks) => {
      const parts: Uint8Array[] = [];
      for await (const chunk of chunks) {
        // Longer than any other request may take: 80 chunks with a pause behind each.
        if (parts.length % 8 === 0) await sleep(systemClock, 30);
        parts.push(chunk);
        received += chunk.length;
        lead = Math.max(lead, up.read.bytes - received);
      }
      expect(digestOf(Buffer.concat(parts))).to.equal(digest);
      return { published: { unchanged: true } };
    });
    expect((await send(admin, up)).published?.unchanged).to.equal(true);
    expect(received).to.equal(up.size);
    expect(systemClock.monotonic() - begun).to.be.above(200);
    expect(lead, 'bytes that nobody had asked for').to.be.below(4 * MIB);
  });

  it('is told early that nobody wants it, and is not read to its end', async () => {
    const up = source(20 * MIB);
    const { admin } = await api(async () => {
      throw new VigoError('STACKS_INVALID', 'not today');
    });
    const error = await failureOf(send(admin, up), 'the hub');
    expect(error).to.include({ code: 'STACKS_INVALID', message: 'not today' });
    expect(up.read.bytes).to.be.below(up.size);
  });

  it('may not be one huge message', async () => {
    const { admin } = await api(async (_header, chunks) => {
      for await (const _ of chunks);
      return {};
    });
    const bytes = Buffer.alloc(2 * MIB);
    const messages = (async function* () {
      yield { part: { case: 'header' as const, value: { digest: digestOf(bytes), size: bytes.length, message: '' } } };
      yield { part: { case: 'chunk' as const, value: bytes } };
    })();
    expect((await failureOf(admin.publishConfig(messages), 'the hub')).code).to.equal('MESSAGE_TOO_LARGE');
  });

  it('does not hold a stream that was answered and is never ended', async () => {
    const { listener, hub } = await api(async () => {
      throw new VigoError('UNAUTHENTICATED', 'who are you?');
    });
    const session = connectHttp2(`https://${listener.address.text}`, {
      ca: hub.caPem,
      checkServerIdentity: () => undefined,
    });
    servers.closing(session);
    expect(await endOf(session)).to.equal(constants.NGHTTP2_CANCEL);
  });

  /** Sends a header's worth of rubbish to PublishConfig and no end; how the stream ends. */
  function endOf(session: ClientHttp2Session): Promise<number> {
    const stream = session.request({
      ':method': 'POST',
      ':path': '/vigo.v1.AdminService/PublishConfig',
      'content-type': 'application/connect+proto',
      'connect-protocol-version': '1',
    });
    const header = Buffer.from([0, 0, 0, 0, 0]);
    stream.write(header);
    stream.on('error', () => undefined).resume();
    return new Promise((resolve) => stream.once('close', () => resolve(stream.rstCode ?? 0)));
  }
});

describe('a configuration on its way to a spoke', () => {
  const servers = useServers();
  const bytes = Buffer.alloc(20 * MIB, 'another configuration, ');
  const version = digestOf(bytes);

  /** A spoke that takes in archives like this, and the push of `bytes` to it. */
  async function push(
    receive: (header: ArchiveHeader, chunks: AsyncIterable<Uint8Array>) => Promise<{ unchanged: boolean }>,
  ) {
    const [hub, spoke] = await Promise.all([servers.pki.hub(), servers.pki.spoke('dc1')]);
    const live = { current: { version, size: bytes.length, files: new Map() }, receive };
    const listener = await servers.start({
      tls: spoke,
      routes: (router) =>
        router.service(SpokeService, { syncConfig: createConfigReceiver({ live, clock: systemClock }) }),
    });
    const { transport } = servers.dial(listener, hub, spoke.identity);
    let closed = false;
    async function* archive() {
      try {
        yield* chunksOf(bytes);
      } finally {
        closed = true;
      }
    }
    const pushed = pushConfig({
      link: {
        spec: { id: 'dc1', addr: '', patterns: [] },
        endpoint: { address: '', identity: '', spokeId: 'dc1' },
        client: createClient(SpokeService, transport),
      },
      version,
      live: { archive: async () => ({ size: bytes.length, chunks: archive }) },
      clock: systemClock,
      signal: new AbortController().signal,
    });
    return { pushed, closed: () => closed };
  }

  it('arrives whole', async () => {
    let received = '';
    const { pushed } = await push(async ({ size }, chunks) => {
      const parts: Uint8Array[] = [];
      for await (const chunk of chunks) parts.push(chunk);
      expect(size).to.equal(bytes.length);
      received = digestOf(Buffer.concat(parts));
      return { unchanged: false };
    });
    expect(await pushed).to.deep.equal({ unchanged: false });
    expect(received).to.equal(version);
  });

  it('is not sent to the end to a spoke that has it or refuses it, and the archive is closed', async () => {
    const has = await push(async () => ({ unchanged: true }));
    expect(await has.pushed).to.deep.equal({ unchanged: true });
    expect(await eventually(has.closed)).to.equal(true);
    const refuses = await push(async (_header, chunks) => {
      for await (const _ of chunks) throw new VigoError('ARCHIVE_INVALID', 'no');
      return { unchanged: false };
    });
    expect((await failureOf(refuses.pushed, 'the spoke')).code).to.equal('ARCHIVE_INVALID');
    expect(await eventually(refuses.closed)).to.equal(true);
  });
});
