/** A spoke with envoys, the floors of the calls that they make as processes, and how the load generator calls both alike. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DescMethod } from '@bufbuild/protobuf';
import { publicKeyDer } from '../../src/pki/keys.ts';
import type { LoadTarget } from '../load/protocol.ts';
import type { BenchContext } from './benchmark.ts';
import { type BenchFleet, type Credentials, createFleet } from './fleet.ts';
import { type RunningServer, startServer } from './processes.ts';
import { envoyId, realisticTraits, type SeedEnvoy, seedSpoke } from './seed.ts';

const SPOKE = 'dc1';

/** What all envoys say. */
export interface EnvoyCall {
  readonly method: DescMethod;
  /** Encoded. */
  readonly message: Uint8Array;
  /** Where in the message the id of a run stands that must be another each time; absent if there is none. */
  readonly runIdAt?: number;
}

export interface EnvoyParty {
  readonly fleet: BenchFleet;
  readonly spoke: RunningServer;
  /** The spoke's data directory. */
  readonly spokeDir: string;
  readonly envoys: readonly SeedEnvoy[];
  /** A spoke that takes one check-in a second and refuses all others. */
  startFullSpoke(): Promise<RunningServer>;
  /** How the load generator calls a server. */
  targetOf(server: RunningServer, kind: 'spoke' | 'full' | 'http2' | 'grpc'): LoadTarget;
  startEcho(kind: 'http2' | 'grpc', answerBytes: number): Promise<RunningServer>;
}

/**
 * A spoke with so many envoys that have certificates of their own, and traits that the server knows already. `callOf` is
 * given one of them; `settings` are for the spoke's server.yaml.
 */
export async function openEnvoyParty(
  context: BenchContext,
  count: number,
  callOf: (envoy: SeedEnvoy) => EnvoyCall,
  settings: object = {},
): Promise<EnvoyParty> {
  const fleet = await createFleet(context);
  const traits = realisticTraits(SPOKE);
  const envoys: SeedEnvoy[] = [];
  const all: Credentials[] = [];
  for (let i = 0; i < count; i++) {
    const id = envoyId(SPOKE, i);
    const credentials = await fleet.credentials({ kind: 'envoy', id });
    all.push(credentials);
    envoys.push({ id, hostname: `web${i}.dc1.example.com`, publicKey: publicKeyDer(credentials.keyPem), traits });
  }
  await seedSpoke(fleet.dirOf(SPOKE), envoys);
  const credentialsFile = join(context.dir, 'envoys.json');
  const serverFile = join(context.dir, 'echo.json');
  await writeFile(credentialsFile, JSON.stringify(all));
  await writeFile(serverFile, JSON.stringify(await fleet.credentials({ kind: 'spoke', id: 'echo' })));

  const { method, message, runIdAt } = callOf(envoys[0] as SeedEnvoy);
  return {
    fleet,
    // What a call costs, not how many are let in.
    spoke: await fleet.startSpoke(SPOKE, { checkin: { max_rate: 1_000_000 }, ...settings }),
    startFullSpoke: () => fleet.startSpoke('full', { checkin: { max_rate: 1 } }),
    spokeDir: fleet.dirOf(SPOKE),
    envoys,
    targetOf: ({ ready }, kind) => ({
      address: ready.grpc,
      protocol: kind === 'grpc' ? 'grpc' : 'connect',
      path: kind === 'grpc' ? '/bench.Echo/Call' : `/${method.parent.typeName}/${method.name}`,
      message: Buffer.from(message).toString('base64'),
      ...(runIdAt === undefined ? {} : { runIdAt }),
      credentialsFile,
      // The one that is let in is not known there.
      ...(kind === 'full' ? { statuses: [429, 403] } : {}),
    }),
    startEcho: (kind, answerBytes) =>
      startServer(context, [
        join(import.meta.dirname, '..', 'load', `echo-${kind}.ts`),
        serverFile,
        String(answerBytes),
      ]),
  };
}
