/** Processes that take an archive in and keep it, and nothing else: what giving a tree to spokes costs at least. */
import { writeFile } from 'node:fs/promises';
import { type ClientHttp2Session, connect } from 'node:http2';
import { join } from 'node:path';
import type { BenchContext } from './benchmark.ts';
import type { BenchFleet, Credentials } from './fleet.ts';
import { startServer } from './processes.ts';

export interface BareReceivers {
  /** Gives all of them the archive at once. Resolves when the last has it on disk, with its files. */
  give(archive: Buffer): Promise<void>;
}

export async function startBareReceivers(
  context: BenchContext,
  fleet: BenchFleet,
  count: number,
): Promise<BareReceivers> {
  const serverFile = join(context.dir, 'receiver.json');
  await writeFile(serverFile, JSON.stringify(await fleet.credentials({ kind: 'spoke', id: 'receiver' })));
  const credentials = await fleet.credentials({ kind: 'hub' });
  const program = join(import.meta.dirname, '..', 'load', 'receiver.ts');
  const sessions = await Promise.all(
    Array.from({ length: count }, async (_, i) => {
      const dir = join(context.dir, 'floor', `receiver${i}`);
      const { ready } = await startServer(context, [program, serverFile, dir]);
      return openSession(context, ready.grpc, credentials);
    }),
  );
  return { give: async (archive) => void (await Promise.all(sessions.map((session) => send(session, archive)))) };
}

function openSession(
  context: BenchContext,
  address: string,
  { certPem, keyPem, caPem }: Credentials,
): Promise<ClientHttp2Session> {
  const session = connect(`https://${address}`, {
    cert: certPem,
    key: keyPem,
    ca: caPem,
    minVersion: 'TLSv1.3',
    checkServerIdentity: () => undefined,
  });
  context.cleanup.defer(() => session.destroy());
  return new Promise((resolve, reject) => session.once('remoteSettings', () => resolve(session)).once('error', reject));
}

function send(session: ClientHttp2Session, archive: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const stream = session.request({ ':method': 'POST', ':path': '/' });
    stream.on('response', ({ ':status': status }) => {
      if (status === 200) resolve();
      else reject(new Error(`a receiver answered with status ${status}`));
    });
    stream.on('error', reject);
    stream.end(archive);
    stream.resume();
  });
}
